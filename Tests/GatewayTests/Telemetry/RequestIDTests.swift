import NIOCore
import Testing

@testable import Gateway

@Suite("Request ids")
struct RequestIDTests {
    private func next(_ generator: inout RequestIDGenerator, _ milliseconds: Int64) -> String {
        var storage: [UInt8] = []
        generator.write(into: &storage, milliseconds: milliseconds)
        return String(decoding: storage, as: UTF8.self)
    }

    @Test("An id is a UUIDv7: time, version, variant, lower-case digits")
    func layout() {
        var generator = RequestIDGenerator()
        // The example of RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC.
        for _ in 0..<1000 {
            let id = next(&generator, 0x017F_22E2_79B0)
            #expect(id.utf8.count == RequestIDGenerator.length)
            let parts = id.split(separator: "-", omittingEmptySubsequences: false)
            #expect(parts.map(\.count) == [8, 4, 4, 4, 12])
            #expect(parts[0] == "017f22e2" && parts[1] == "79b0")
            #expect(parts[2].first == "7")
            #expect("89ab".contains(parts[3].first ?? "x"))
            #expect(id.utf8.allSatisfy { $0 == UInt8(ascii: "-") || HexText.isLowerDigit($0) })
        }
    }

    @Test("Ids of one worker ascend and differ, however many fall into a millisecond")
    func order() {
        var generator = RequestIDGenerator()
        var last = ""
        // 60,000 ids in four milliseconds: more than the counter holds.
        for index in 0..<60_000 {
            let id = next(&generator, 1_795_226_724_000 + Int64(index / 15_000))
            #expect(id > last)
            last = id
        }
    }

    @Test("A clock that goes back a little does not break the order")
    func smallRollback() {
        var generator = RequestIDGenerator()
        var last = ""
        for step in [0, -1, -5000, 3, 2, -RequestIDGenerator.toleratedRollback + 3, 4] {
            let id = next(&generator, 1_795_226_724_000 + step)
            #expect(id > last)
            last = id
        }
    }

    @Test("A clock that goes back far is believed")
    func largeRollback() {
        var generator = RequestIDGenerator()
        _ = next(&generator, 1_795_226_724_000)
        let id = next(&generator, 1_795_226_724_000 - RequestIDGenerator.toleratedRollback - 1)
        var expected = RequestIDGenerator()
        #expect(id.prefix(13) == next(&expected, 1_795_226_713_999).prefix(13))
    }

    @Test("Ids of several workers in the same millisecond differ")
    func workers() {
        var generators = (0..<8).map { _ in RequestIDGenerator() }
        var seen: Set<String> = []
        for _ in 0..<2000 {
            for index in generators.indices { seen.insert(next(&generators[index], 1_795_226_724_000)) }
        }
        #expect(seen.count == 16_000)
    }

    @Test("The storage's length before does not matter", arguments: [0, 1, 36, 200])
    func storage(_ count: Int) {
        var generator = RequestIDGenerator()
        var storage = [UInt8](repeating: 0, count: count)
        generator.write(into: &storage, milliseconds: 1)
        #expect(storage.count == 36)
    }

    @Test("Times outside 48 bits do not trap", arguments: [Int64.min, -1, 0, 1 << 48, .max])
    func oddTimes(_ milliseconds: Int64) {
        var generator = RequestIDGenerator()
        #expect(next(&generator, milliseconds).utf8.count == 36)
        #expect(next(&generator, milliseconds).utf8.count == 36)
    }

    @Test("xoshiro256** gives its reference sequence, and a seed of zeros does not stay zero")
    func xoshiro() {
        // Drawn with the authors' C code from the state 1, 2, 3, 4.
        var random = Xoshiro(seed: (1, 2, 3, 4))
        #expect((0..<4).map { _ in random.next() } == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
        var zero = Xoshiro(seed: (0, 0, 0, 0))
        #expect((0..<8).map { _ in zero.next() }.contains { $0 != 0 })
    }

    @Test("Eight hexadecimal digits at a time")
    func hexadecimal() {
        func text(_ value: UInt32) -> String {
            let word = HexText.digits(value)
            return String(
                decoding: (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) },
                as: UTF8.self
            )
        }
        #expect(text(0x0123_4567) == "01234567" && text(0x89AB_CDEF) == "89abcdef")
        var random = Xoshiro(seed: (5, 6, 7, 8))
        for _ in 0..<10_000 {
            let value = UInt32(truncatingIfNeeded: random.next())
            let digits = String(value, radix: 16)
            #expect(text(value) == String(repeating: "0", count: 8 - digits.count) + digits)
        }
    }
}

@Suite("Trace contexts")
struct TraceContextTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func isValid(_ value: [UInt8]) -> Bool { TraceContext.isValid(value.span) }

    @Test(
        "What may be passed on",
        arguments: [
            good, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            "00-00000000000000000000000000000001-0000000000000001-ff",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings",
        ]
    )
    func valid(_ value: String) {
        #expect(isValid(Array(value.utf8)))
    }

    @Test(
        "What may not",
        arguments: [
            "", "00", good + "0", good + "-", good + "-01", String(good.dropLast()),
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.x",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0\u{1}",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-é",
        ]
    )
    func invalid(_ value: String) {
        #expect(!isValid(Array(value.utf8)))
    }

    @Test("Any single byte changed to one that is no digit makes it invalid")
    func everyByte() {
        for index in 0..<TraceContext.length {
            var bytes = Array(Self.good.utf8)
            for byte in [UInt8(ascii: "G"), 0, 0xFF, UInt8(ascii: " ")] {
                bytes[index] = byte
                #expect(!isValid(bytes))
            }
        }
    }

    @Test("What is begun here is valid, sampled and never the same")
    func generated() {
        var generator = TraceContextGenerator()
        var seen: Set<String> = []
        for _ in 0..<5000 {
            var buffer = ByteBuffer()
            let value = generator.next()
            buffer.writeBytes(value.span.bytes)
            #expect(isValid(Array(buffer.readableBytesView)))
            let text = String(buffer: buffer)
            #expect(text.hasPrefix("00-") && text.hasSuffix("-01"))
            seen.insert(text)
        }
        #expect(seen.count == 5000)
    }

    @Test("Ids of zeros only are never made")
    func noZeros() {
        // A state from which the first numbers are zero.
        var generator = TraceContextGenerator(random: Xoshiro(seed: (1, 0, 0, 0)))
        var buffer = ByteBuffer()
        let value = generator.next()
        buffer.writeBytes(value.span.bytes)
        #expect(isValid(Array(buffer.readableBytesView)))
    }
}
