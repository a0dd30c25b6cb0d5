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
