import NIOCore
import RandomJSON
import Testing

@testable import HTTPWire

struct BodyCase: Sendable, CustomTestStringConvertible {
    var rule: String
    var framing: BodyFraming
    var text: String
    var data: String
    var end: End
    var testDescription: String { "\(self.rule): \(self.text.prefix(60).debugDescription)" }

    enum End: Sendable, Equatable {
        case complete(rest: String)
        case open
        case fault(WireFault)
    }

    static func chunks(_ rule: String, _ text: String, _ data: String, _ end: End) -> BodyCase {
        BodyCase(rule: rule, framing: .chunked, text: text, data: data, end: end)
    }

    static let all: [BodyCase] = [
        BodyCase(rule: "none", framing: .none, text: "abc", data: "", end: .complete(rest: "abc")),
        BodyCase(rule: "zero", framing: .length(0), text: "abc", data: "", end: .complete(rest: "abc")),
        BodyCase(rule: "length", framing: .length(3), text: "abcdef", data: "abc", end: .complete(rest: "def")),
        BodyCase(rule: "length", framing: .length(7), text: "abcdef", data: "abcdef", end: .open),
        BodyCase(rule: "until close", framing: .untilClose, text: "abcdef", data: "abcdef", end: .open),
        chunks("one", "3\r\nabc\r\n0\r\n\r\nGET", "abc", .complete(rest: "GET")),
        chunks("two", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789", .complete(rest: "")),
        chunks("digits", "0b\r\n0123456789a\r\n00\r\n\r\n", "0123456789a", .complete(rest: "")),
        chunks("most digits", "0000000000000003\r\nabc\r\n0\r\n\r\n", "abc", .complete(rest: "")),
        chunks("extension", "3;a=b;c=\"d e\"\r\nabc\r\n0;x\r\n\r\n", "abc", .complete(rest: "")),
        chunks("extension", "3;\t \r\nabc\r\n0\r\n\r\n", "abc", .complete(rest: "")),
        chunks("trailers", "0\r\nA: b\r\nC: d\r\n\r\nGET", "", .complete(rest: "GET")),
        chunks("cut", "3\r\nab", "ab", .open),
        chunks("cut", "3\r\nabc\r\n0\r\n", "abc", .open),
        chunks("cut", "3\r\nabc\r\n0\r\nA: b\r\n", "abc", .open),
        chunks("no size", "\r\nabc", "", .fault(.invalidChunkSize)),
        chunks("no size", ";a\r\nabc", "", .fault(.invalidChunkSize)),
        chunks("sign", "+3\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("sign", "-1\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("prefix", "0x3\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("space", " 3\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("space", "3 \r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("space", "3 ;a\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("junk", "3g\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("comma", "3,3\r\nabc\r\n", "", .fault(.invalidChunkSize)),
        chunks("2^53", "20000000000000\r\nabc", "abc", .open),
        chunks("over 2^53", "20000000000001\r\nabc", "", .fault(.chunkTooLarge)),
        chunks("overflow", "FFFFFFFFFFFFFFFF\r\nabc", "", .fault(.chunkTooLarge)),
        chunks("overflow", "10000000000000003\r\nabc", "", .fault(.chunkTooLarge)),
        chunks("too many digits", "00000000000000003\r\nabc", "", .fault(.chunkTooLarge)),
        chunks("LF", "3\nabc\r\n0\r\n\r\n", "", .fault(.invalidChunkSize)),
        chunks("LF in the extension", "3;a\nabc\r\n0\r\n\r\n", "", .fault(.bareLineFeed)),
        chunks("CR in the extension", "3;a\rb\r\nabc\r\n", "", .fault(.bareCarriageReturn)),
        chunks("CR", "3\r3\r\nabc\r\n", "", .fault(.bareCarriageReturn)),
        chunks("NUL in the extension", "3;a\u{0}\r\nabc\r\n", "", .fault(.invalidChunkExtension)),
        chunks("longer than it says", "3\r\nabcd\r\n0\r\n\r\n", "abc", .fault(.missingChunkEnd)),
        chunks("LF after the data", "3\r\nabc\n0\r\n\r\n", "abc", .fault(.missingChunkEnd)),
        chunks("CR after the data", "3\r\nabc\r0\r\n\r\n", "abc", .fault(.missingChunkEnd)),
        chunks("no line after the data", "3\r\nabc0\r\n\r\n", "abc", .fault(.missingChunkEnd)),
        chunks("trailer without colon", "0\r\nGET / HTTP/1.1\r\n\r\n", "", .fault(.invalidFieldName)),
        chunks("trailer with space", "0\r\nA : b\r\n\r\n", "", .fault(.spaceBeforeColon)),
        chunks("trailer with control", "0\r\nA: \u{0}\r\n\r\n", "", .fault(.controlByte)),
        chunks("trailer folded", "0\r\nA: b\r\n c\r\n\r\n", "", .fault(.lineFolding)),
        chunks("trailer with LF", "0\r\nA: b\n\r\n", "", .fault(.bareLineFeed)),
        chunks("trailer with CR", "0\r\nA: b\rc\r\n\r\n", "", .fault(.bareCarriageReturn)),
        chunks("LF at the end", "0\r\n\n", "", .fault(.bareLineFeed)),
        chunks("CR at the end", "0\r\n\r\r\n\r\n", "", .fault(.bareCarriageReturn)),
        chunks(
            "extensions at the limit",
            "1;\(String(repeating: "a", count: 254))\r\nx\r\n0;\r\n\r\n",
            "x",
            .complete(rest: "")
        ),
        chunks(
            "extensions over the limit",
            "1;\(String(repeating: "a", count: 254))\r\nx\r\n0;a\r\n\r\n",
            "x",
            .fault(.chunkExtensionsTooLong)
        ),
        chunks(
            "extensions over the limit",
            "1;\(String(repeating: "a", count: 256))\r\nx\r\n",
            "",
            .fault(.chunkExtensionsTooLong)
        ),
    ]
}

@Suite("A body")
struct BodyDecodingTests {
    @Test("follows its rule", arguments: BodyCase.all)
    func rule(_ testCase: BodyCase) {
        let outcome = decodeBody([testCase.text], framing: testCase.framing)
        #expect(outcome.data == testCase.data)
        switch testCase.end {
        case .complete(let rest):
            #expect(outcome.isComplete && outcome.fault == nil && outcome.rest == rest, "\(outcome)")
        case .open: #expect(!outcome.isComplete && outcome.fault == nil, "\(outcome)")
        case .fault(let fault): #expect(outcome.fault == fault, "\(outcome)")
        }
    }

    @Test("comes out the same at every split of the input", arguments: BodyCase.all)
    func splits(_ testCase: BodyCase) {
        let whole = decodeBody([testCase.text], framing: testCase.framing)
        for pieces in everySplit(testCase.text) {
            #expect(decodeBody(pieces, framing: testCase.framing) == whole, "cut after \(pieces[0].count)")
        }
    }

    @Test("holds trailers to the limits of headers")
    func trailerLimits() {
        let limits = HTTPLimits(headerBlock: 64, headerCount: 3)
        let three = "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n"
        #expect(decodeBody([three + "\r\n"], framing: .chunked, limits: limits).isComplete)
        #expect(decodeBody([three + "D: 4\r\n\r\n"], framing: .chunked, limits: limits).fault == .tooManyHeaders)
        for length in [57, 58, 59, 60, 200] {
            let text = "0\r\nA: \(String(repeating: "x", count: length))\r\n\r\n"
            // Three bytes of name, two line ends.
            let fits = length + 3 + 4 <= 64
            for pieces in everySplit(text) + [[text]] {
                let outcome = decodeBody(pieces, framing: .chunked, limits: limits)
                #expect(outcome.fault == (fits ? nil : .headersTooLarge), "\(length) cut after \(pieces[0].count)")
            }
        }
    }

    @Test("ends at the close only where its framing says so")
    func close() {
        var untilClose = BodyDecoder(framing: .untilClose)
        #expect(!untilClose.isComplete)
        let result5 = untilClose.finishAtClose()
        #expect(result5)
        #expect(untilClose.isComplete)
        var cut = BodyDecoder(framing: .length(5))
        var buffer = ByteBuffer(string: "abcd")
        let result6 = cut.next(&buffer)
        #expect(result6 == .data(ByteBuffer(string: "abcd")))
        let result7 = cut.finishAtClose()
        #expect(!result7)
        var chunked = BodyDecoder(framing: .chunked)
        let result8 = chunked.finishAtClose()
        #expect(!result8)
        var none = BodyDecoder(framing: .none)
        let result9 = none.finishAtClose()
        #expect(result9)
    }

    @Test("stays broken once it is")
    func terminal() {
        var decoder = BodyDecoder(framing: .chunked)
        var buffer = ByteBuffer(string: "x\r\n")
        let result10 = decoder.next(&buffer)
        #expect(result10 == .fault(.invalidChunkSize))
        var good = ByteBuffer(string: "0\r\n\r\n")
        let result11 = decoder.next(&good)
        #expect(result11 == .fault(.invalidChunkSize))
        #expect(good.readableBytes == 5)
    }

    @Test("comes through the encoder and back, however it is cut", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func roundTrip(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var wire = ByteBuffer()
            var expected = ""
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let count = [1, 9, 15, 16, 17, 255, 256, 4096].randomElement(using: &random) ?? 1
                let data = String(repeating: "x", count: count)
                ChunkedEncoder.writeChunkHead(count: count, into: &wire)
                wire.writeString(data)
                ChunkedEncoder.writeChunkEnd(into: &wire)
                expected += data
            }
            ChunkedEncoder.writeLastChunk(into: &wire)
            let outcome = decodeBody(randomSplit(wire.latin1 + "next", longest: 40, using: &random), framing: .chunked)
            #expect(outcome == BodyOutcome(data: expected, isComplete: true, rest: "next"), "seed \(seed)")
        }
    }

    @Test("shares its bytes with the input")
    func slices() {
        var decoder = BodyDecoder(framing: .length(1 << 20))
        var buffer = ByteBuffer(repeating: 0x61, count: 4096)
        let before = buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        guard case .data(let data) = decoder.next(&buffer) else {
            Issue.record("no data")
            return
        }
        #expect(data.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == before)
    }
}
