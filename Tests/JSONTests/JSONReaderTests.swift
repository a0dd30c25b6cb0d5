import JSON
import Testing

@Suite("The reader takes RFC 8259 and nothing else")
struct JSONReaderTests {
    private func read(_ text: String, _ reader: JSONReader = JSONReader()) throws -> JSONNode {
        try reader.read(Array(text.utf8))
    }

    @Test func everyKindOfValueIsRead() throws {
        let root = try read(#" {"a": null, "b": [true, false], "n": -1.50e+2, "s": "x", "o": {}, "e": []} "#)
        #expect(root["a"]?.isNull == true)
        #expect(root["b"]?.elements?.map(\.bool) == [true, false])
        guard case .number(let text) = root["n"]?.value else {
            Issue.record("no number")
            return
        }
        #expect(text == "-1.50e+2")
        #expect(root["s"]?.string == "x")
        #expect(root["o"]?.members?.isEmpty == true)
        #expect(root["e"]?.elements?.isEmpty == true)
        #expect(root["missing"] == nil)
        #expect(root["s"]?["a"] == nil)
    }

    @Test func offsetsPointAtTheFirstByte() throws {
        let root = try read(#"  {"é": 12, "b" : [ "x" ] }"#)
        #expect(root.offset == 2)
        let members = try #require(root.members)
        #expect(members.map(\.nameOffset) == [3, 13])
        #expect(members.map(\.value.offset) == [9, 19])
        #expect(members[1].value.elements?.first?.offset == 21)
    }

    @Test(arguments: [
        (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u00E9""#, "éé"),
        (#""a\ud83d\ude00b""#, "a😀b"), (#""神\u0000 ""#, "神\u{0} "), ("\"\u{10FFFF}\u{FFFE}\"", "\u{10FFFF}\u{FFFE}"),
    ])
    func escapesAreResolved(text: String, expected: String) throws {
        #expect(try read(text).string.map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("1.0", nil), ("1e3", nil), ("\"1\"", nil), ("true", nil),
        ] as [(String, Int64?)]
    )
    func integersAreStrict(text: String, expected: Int64?) throws {
        #expect(try read(text).integer == expected)
    }

    @Test(arguments: [
        ("", 0, "the text ends where a value was expected"),
        ("[1,]", 3, "\"]\" where a value was expected"),
        (#"{"a":1,}"#, 7, "\"}\" where a member's name in quotation marks was expected"),
        (#"{"a" 1}"#, 5, "\"1\" where \":\" was expected"),
        ("[1 2]", 3, "\"2\" where \",\" or \"]\" was expected"),
        (#"{"a":1 "b"}"#, 7, "\"\"\" where \",\" or \"}\" was expected"),
        ("1 2", 2, "\"2\" where the end of the text was expected"),
        ("01", 1, "\"1\" where the end of the text was expected"),
        ("-", 1, "the text ends where a digit was expected"),
        ("1.e1", 2, "\"e\" where a digit was expected"),
        ("trux", 3, "\"x\" where \"true\" was expected"),
        ("\u{FEFF}1", 0, "a byte order mark or other text before the value"),
        ("\"a\nb\"", 2, "byte 10, a control character, is not escaped in a string"),
        (#""\x""#, 2, "\"x\" where one of \"\\/bfnrtu after a backslash was expected"),
        (#""\u12g4""#, 5, "\"g\" where four hexadecimal digits after \\u was expected"),
        (#""\ud800""#, 1, "an unpaired surrogate"),
        (#""\ud800\u0041""#, 1, "an unpaired surrogate"),
        (#""\udc00\ud800""#, 1, "an unpaired surrogate"),
        (#""abc"#, 4, "the text ends where the rest of a string was expected"),
        ("é", 0, "byte 195 where a value was expected"),
        (#"{"a":1,"\u0061":2}"#, 7, "the object has another member of this name"),
    ])
    func faultsAreLocated(text: String, offset: Int, message: String) {
        #expect(throws: JSONSyntaxError(offset: offset, message: message)) { try read(text) }
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xE2, 0x82],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ] as [[UInt8]]
    )
    func brokenUTF8IsRefused(sequence: [UInt8]) {
        let bytes = Array("\"a".utf8) + sequence + Array("\"".utf8)
        #expect(throws: JSONSyntaxError(offset: 2, message: "a string is not valid UTF-8")) {
            try JSONReader().read(bytes)
        }
    }

    @Test func theLastDuplicateIsKeptWhereAskedFor() throws {
        let root = try read(#"{"a":1,"b":2,"a":3}"#, JSONReader(duplicates: .keepLast))
        #expect(root.members?.map(\.name) == ["a", "b"])
        #expect(root["a"]?.integer == 3)
    }

    @Test func duplicatesAreFoundInLargeObjectsToo() throws {
        let names = (0..<500).map { #""n\#($0)":\#($0)"# }
        let large = "{" + names.joined(separator: ",") + "}"
        #expect(try read(large).members?.count == 500)
        for repeated in [0, 15, 16, 499] {
            let text = large.dropLast() + #","n\#(repeated)":-1}"#
            #expect(throws: JSONSyntaxError.self) { try read(String(text)) }
            let kept = try read(String(text), JSONReader(duplicates: .keepLast))
            #expect(kept.members?.count == 500)
            #expect(kept["n\(repeated)"]?.integer == -1)
        }
    }

    @Test func namesAreComparedByBytes() throws {
        // Canonically equivalent for String: the Kelvin sign and K, é composed and decomposed.
        let root = try read("{\"\u{212A}\":1,\"K\":2,\"\u{E9}\":3,\"e\u{301}\":4}")
        #expect(root["K"]?.integer == 2)
        #expect(root["\u{E9}"]?.integer == 3)
        #expect(root["e\u{301}"]?.integer == 4)
    }

    @Test func rawControlCharactersAreToleratedWhereAskedFor() throws {
        let reader = JSONReader(controlCharacters: .tolerate)
        #expect(try read("\"a\u{1}\n\"", reader).string == "a\u{1}\n")
        #expect(throws: JSONSyntaxError.self) { try read("[1,\u{1}2]", reader) }
    }

    @Test(arguments: [
        (#""\ud800""#, "\u{FFFD}"), (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud800\u0041""#, "\u{FFFD}A"),
        (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""a\udbff\nb""#, "a\u{FFFD}\nb"), (#""\ud83d\ude00""#, "😀"),
    ])
    func unpairedSurrogatesAreReplacedWhereAskedFor(text: String, expected: String) throws {
        let reader = JSONReader(unpairedSurrogates: .replace)
        #expect(try read(text, reader).string.map { Array($0.utf8) } == Array(expected.utf8))
    }

    @Test(arguments: [#""\ud800\""#, #""\ud800\u""#, #""\ud800\x""#, #""\ud800\u00g0""#])
    func aBrokenEscapeBehindAnUnpairedSurrogateIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try read(text, JSONReader(unpairedSurrogates: .replace)) }
    }

    @Test(arguments: [0, 1, 2, 64, 256, 1000])
    func nestingEndsAtTheLimit(limit: Int) {
        let deepest = min(limit, 256)
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)).utf8)
        }
        for (depth, isAccepted) in [(deepest, true), (deepest + 1, false), (100_000, false)] {
            #expect(reads(nested(depth), maximumDepth: limit) == isAccepted)
            #expect(validates(nested(depth), maximumDepth: limit) == isAccepted)
        }
        let side = Array(("[" + String(repeating: "[],{},", count: 500) + "1]").utf8)
        #expect(reads(side, maximumDepth: limit) == (limit >= 2))
        #expect(validates(side, maximumDepth: limit) == (limit >= 2))
    }

    @Test func theTextsSizeIsLimited() throws {
        let reader = JSONReader(maximumSize: 4)
        #expect(try read("1234", reader).integer == 1234)
        #expect(throws: JSONSyntaxError(offset: 4, message: "the text is larger than 4 bytes")) {
            try read("12345", reader)
        }
    }

    @Test(arguments: [(0, 1, 1), (2, 1, 3), (3, 2, 1), (4, 3, 1), (6, 3, 3), (99, 3, 3), (-1, 1, 1)])
    func placesAreCountedAsPeopleDo(offset: Int, line: Int, column: Int) {
        let location = JSONReader.location(of: offset, in: Array("ab\n\né".utf8))
        #expect(location == JSONLocation(offset: min(max(offset, 0), 6), line: line, column: column))
    }
}
