import Cryptography
import RandomJSON
import Testing

@Suite("base64url")
struct Base64URLTests {
    /// RFC 4648 section 10 without padding, and the example of RFC 7515 appendix C.
    @Test(
        "gives the known answers both ways",
        arguments: [
            ([UInt8](), ""), (Array("f".utf8), "Zg"), (Array("fo".utf8), "Zm8"), (Array("foo".utf8), "Zm9v"),
            (Array("foob".utf8), "Zm9vYg"), (Array("fooba".utf8), "Zm9vYmE"), (Array("foobar".utf8), "Zm9vYmFy"),
            ([3, 236, 255, 224, 193], "A-z_4ME"),
        ]
    )
    func knownAnswers(_ bytes: [UInt8], _ text: String) {
        let encoded = Base64URL.encode(bytes.span)
        #expect(encoded == Array(text.utf8))
        let decoded = Base64URL.decode(Array(text.utf8).span)
        #expect(decoded == bytes)
    }

    @Test("decodes every byte string that it encodes, and the counts agree")
    func roundTrip() throws {
        for count in 0..<200 {
            let bytes = try SecureRandom.bytes(count)
            let text = Base64URL.encode(bytes.span)
            #expect(text.count == Base64URL.encodedCount(of: count))
            #expect(Base64URL.decodedCount(of: text.count) == count)
            let decoded = Base64URL.decode(text.span)
            #expect(decoded == bytes)
        }
    }

    @Test(
        "refuses what it would not have written",
        arguments: [
            "A", "AAAAA", "Zg==", "Zg=", "Zm9v\n", "Zm 9v", " Zm9v", "Zm9+", "Zm9/", "Zm9.", "Zé", "Zm\u{0}v",
            "Zh", "Zv", "Zm9", "Zm8=", "Zm-_.",
        ]
    )
    func refused(_ text: String) {
        let decoded = Base64URL.decode(Array(text.utf8).span)
        #expect(decoded == nil)
    }

    @Test("has one text for one byte string: of all short texts exactly the canonical ones decode")
    func canonical() {
        let alphabet = (UInt8(0)...255).filter { byte in
            Base64URL.decode([UInt8(ascii: "A"), UInt8(ascii: "A"), UInt8(ascii: "A"), byte].span) != nil
        }
        #expect(alphabet.count == 64)
        var accepted = 0
        for first in UInt8(0)...255 {
            for second in UInt8(0)...255 {
                guard let decoded = Base64URL.decode([first, second].span) else { continue }
                accepted += 1
                let encoded = Base64URL.encode(decoded.span)
                #expect(encoded == [first, second])
            }
        }
        #expect(accepted == 256)
    }

    @Test("agrees with a decoder that goes bit by bit, on random texts of all lengths")
    func reference() {
        var random = SeededGenerator()
        print("base64url: seed \(random.seed)")
        var accepted = 0
        for _ in 0..<20_000 {
            var text = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                Self.alphabet.randomElement(using: &random) ?? 0
            }
            if !text.isEmpty, Bool.random(using: &random) {
                text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let decoded = Base64URL.decode(text.span)
            #expect(decoded == Self.decodedBitByBit(text), "\(text)")
            if decoded != nil { accepted += 1 }
        }
        #expect(accepted > 1000)
    }

    @Test("refuses every byte outside the alphabet at every place of a long text")
    func everyPlace() {
        let good = [UInt8](repeating: UInt8(ascii: "A"), count: 40)
        for place in good.indices {
            for byte in UInt8(0)...255 {
                var text = good
                text[place] = byte
                let decoded = Base64URL.decode(text.span)
                #expect((decoded != nil) == Self.alphabet.contains(byte), "\(byte) at \(place)")
            }
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func decodedBitByBit(_ text: [UInt8]) -> [UInt8]? {
        var bits: [UInt8] = []
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits += (0..<6).map { UInt8(value >> (5 - $0) & 1) }
        }
        let unused = bits.count % 8
        guard unused < 6, bits.suffix(unused).allSatisfy({ $0 == 0 }) else { return nil }
        return stride(from: 0, to: bits.count - unused, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
        }
    }

    @Test("writes into the caller's storage and never past it")
    func storage() {
        for count in 0...60 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 7 * $0) }
            let text = Base64URL.encode(bytes.span)
            for capacity in max(0, count - 2)...count + 20 {
                var storage = [UInt8](repeating: 0xee, count: capacity)
                var span = storage.mutableSpan
                let written = Base64URL.decode(text.span, into: &span)
                #expect(written == (capacity >= count ? count : nil))
                guard capacity >= count else { continue }
                #expect(Array(storage.prefix(count)) == bytes)
                #expect(storage.dropFirst(count).allSatisfy { $0 == 0xee })
            }
        }
    }
}
