import RandomJSON
import Testing

@testable import JSON

@Suite("The run of bytes in a string that need no look")
struct PlainTextTests {
    private static func slowEnd(_ bytes: [UInt8], from start: Int) -> Int {
        bytes[start...].firstIndex { !$0.isPlainInString } ?? bytes.count
    }

    @Test("ends at any byte that needs one, wherever it stands among eight")
    func eachByte() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<19 {
                for other in [UInt8(ascii: "a"), 0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7F] {
                    var bytes = [UInt8](repeating: other, count: 19)
                    bytes[place] = byte
                    let end = bytes.span.endOfPlain(from: 0)
                    #expect(end == Self.slowEnd(bytes, from: 0), "\(byte) at \(place) among \(other)")
                }
            }
        }
    }

    @Test("is what a look at each byte finds")
    func model() {
        var random = SeededGenerator()
        print("plain text: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<20_000 {
            let rare = Int.random(in: 1...40, using: &random)
            let bytes = (0..<Int.random(in: 0...70, using: &random)).map { _ in
                Int.random(in: 0..<rare, using: &random) == 0
                    ? UInt8.random(in: .min ... .max, using: &random) : UInt8.random(in: 0x5D...0x7F, using: &random)
            }
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = bytes.span.endOfPlain(from: start)
            #expect(end == Self.slowEnd(bytes, from: start))
        }
    }
}

@Suite("The run of sequences of three bytes")
struct TripleTests {
    /// Every beginning of a sequence with ends on and off the borders, in the midst of Chinese and at the very end.
    @Test("lets in no byte that a look at each refuses, and takes all of Chinese")
    func eachBeginning() {
        let thirds: [UInt8] = [0x00, 0x22, 0x7F, 0x80, 0xA5, 0xBF, 0xC0, 0xE7, 0xFF]
        var accepted = 0
        for first in UInt8(0x80)...0xFF {
            for second in UInt8.min...UInt8.max {
                for third in thirds {
                    let text = Array("\"神".utf8) + [first, second, third] + Array("茶a\"".utf8)
                    let verdict = validates(text)
                    accepted += verdict ? 1 : 0
                    let isAlike = verdict == validates(text, splitAt: Array(0...text.count))
                    #expect(isAlike, "\(first) \(second) \(third)")
                }
            }
        }
        // Three of the ends continue a sequence: 16 × 64 less 32 each for E0 and ED. And sequences of two bytes, each of 30
        // beginnings with 64 ends, before an ASCII byte that a string may have.
        #expect(accepted == 3 * (16 * 64 - 64) + 30 * 64)
    }

    @Test("ends where the bytes end, with a whole sequence or within one")
    func ends() {
        let text = Array("西湖龙井".utf8)
        for count in 0...text.count {
            let bytes = Array(text[..<count])
            let end = bytes.span.endOfTriples(from: 0)
            // The last sequence is looked at only where a byte stands behind it.
            #expect(end == max(0, count - 1) / 3 * 3)
        }
    }
}
