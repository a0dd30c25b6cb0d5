import JSON
import RandomJSON
import Testing

@Suite("What the writer writes is JSON")
struct JSONWriterTests {
    @Test func structuresGetTheirCommas() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("s", "x")
        writer.member("n", -5)
        writer.member("b", true)
        writer.member("r", raw: Array("[1]".utf8))
        writer.name("o")
        writer.beginObject()
        writer.endObject()
        writer.name("a")
        writer.beginArray()
        writer.null()
        writer.beginArray()
        writer.endArray()
        writer.bool(false)
        writer.int(UInt64.max)
        writer.endArray()
        writer.endObject()
        let expected = #"{"s":"x","n":-5,"b":true,"r":[1],"o":{},"a":[null,[],false,18446744073709551615]}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            (Array("a\"\\/b".utf8), #"a\"\\/b"#),
            (Array(0x00...0x1F), (0x00...0x1F).map(escape).joined()),
            ([0x7E, 0x7F, 0xC2, 0x80, 0xC2, 0x9F, 0xC2, 0xA0], "~\\u007f\\u0080\\u009f\u{A0}"),
            (Array("\u{2027}\u{2028}\u{2029}\u{202A}".utf8), "\u{2027}\\u2028\\u2029\u{202A}"),
            (Array("é神😀\u{10FFFF}".utf8), "é神😀\u{10FFFF}"),
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"),
            ([0xC3], "\u{FFFD}"), ([0xE2, 0x80], "\u{FFFD}"), ([0xE2, 0x80, 0x22], "\u{FFFD}\\\""),
            ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
            ([0xF0, 0x9F, 0x98, 0x61], "\u{FFFD}a"), ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ] as [([UInt8], String)]
    )
    func oddBytesAreEscapedOrReplaced(bytes: [UInt8], expected: String) {
        var writer = JSONWriter()
        writer.string(bytes.span)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"" + expected + "\"")
    }

    @Test func replacementAgreesWithTheStandardLibrary() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let pool: [UInt8] = [0x22, 0x41, 0x5C, 0x7F, 0x80, 0x9F, 0xA8, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF]
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pool[Int.random(in: 0..<pool.count, using: &generator)]
            }
            var writer = JSONWriter()
            writer.string(bytes.span)
            let read = try JSONReader().read(writer.bytes).string
            #expect(read.map { Array($0.utf8) } == Array(String(decoding: bytes, as: UTF8.self).utf8), "seed \(seed)")
        }
    }

    @Test(arguments: ["\n", "\u{1}", "é", "神", "😀", "\u{2028}", "\u{85}"])
    func longStringsAreEscapedWhole(character: String) throws {
        for plain in 0..<300 {
            let text = String(repeating: "a", count: plain) + String(repeating: character, count: 50) + "b"
            var writer = JSONWriter()
            writer.string(text)
            #expect(try JSONReader().read(writer.bytes).string == text)
        }
    }

    @Test func escapingAJSONTextKeepsItsMeaning() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomJSON(seed: seed)
        for _ in 0..<1000 {
            let text = Array(random.text().utf8)
            let escaped = escapedJSON(text)
            #expect(!escaped.contains(0x7F))
            #expect(
                String(decoding: escaped, as: UTF8.self).unicodeScalars.allSatisfy {
                    $0 != "\u{2028}" && $0 != "\u{85}"
                }
            )
            let (before, after) = (try JSONReader().read(text), try JSONReader().read(escaped))
            #expect(before.rendered == after.rendered, "seed \(seed)")
        }
    }
}

/// The escape of a C0 control character.
private func escape(_ byte: UInt8) -> String {
    let short: [UInt8: String] = [8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"]
    let digits = Array("0123456789abcdef")
    return short[byte] ?? "\\u00" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
}

private func escapedJSON(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var start = 0
    while start < text.count {
        let piece = JSONEscape.piece(of: text.span, from: start, in: .json)
        result += text[start..<piece.plainEnd]
        for index in 0..<piece.escapeCount { result.append(piece.escape[index]) }
        start = piece.next
    }
    return result
}
