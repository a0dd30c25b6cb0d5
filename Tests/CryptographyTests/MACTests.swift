import Cryptography
import Testing

@Suite("HMAC-SHA-256 and SHA-256")
struct MACTests {
    struct Vector: Sendable {
        let name: String
        let key: [UInt8]
        let data: [UInt8]
        let code: [UInt8]
    }

    /// RFC 4231 section 4 (case 5 truncates its output to 128 bits).
    static let vectors: [Vector] = [
        Vector(
            name: "1",
            key: [UInt8](repeating: 0x0b, count: 20),
            data: Array("Hi There".utf8),
            code: hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        ),
        Vector(
            name: "2",
            key: Array("Jefe".utf8),
            data: Array("what do ya want for nothing?".utf8),
            code: hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        ),
        Vector(
            name: "3",
            key: [UInt8](repeating: 0xaa, count: 20),
            data: [UInt8](repeating: 0xdd, count: 50),
            code: hex("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
        ),
        Vector(
            name: "4",
            key: Array(1...25),
            data: [UInt8](repeating: 0xcd, count: 50),
            code: hex("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")
        ),
        Vector(
            name: "5",
            key: [UInt8](repeating: 0x0c, count: 20),
            data: Array("Test With Truncation".utf8),
            code: hex("a3b6167473100ee06e0c796c2955552b")
        ),
        Vector(
            name: "6",
            key: [UInt8](repeating: 0xaa, count: 131),
            data: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        ),
        Vector(
            name: "7",
            key: [UInt8](repeating: 0xaa, count: 131),
            data: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8
            ),
            code: hex("9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")
        ),
    ]

    @Test("gives the answers of RFC 4231, also from a context used before", arguments: vectors)
    func knownAnswers(_ vector: Vector) throws {
        var mac = try HMACSHA256(key: vector.key.span)
        for _ in 0..<3 {
            let code = array(try mac.authenticate(vector.data.span))
            #expect(Array(code.prefix(vector.code.count)) == vector.code)
        }
    }

    @Test("does not care how the message is split")
    func splits() throws {
        let message = Array("what do ya want for nothing?".utf8)
        var mac = try HMACSHA256(key: Array("Jefe".utf8).span)
        let whole = array(try mac.authenticate(message.span))
        for split in 0...message.count {
            try mac.update(message.span.extracting(first: split))
            let code = array(try mac.authenticate(message.span.extracting(droppingFirst: split)))
            #expect(code == whole)
        }
    }

    @Test("takes an empty key and an empty message")
    func empty() throws {
        var mac = try HMACSHA256(key: [UInt8]().span)
        let expected = hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
        for _ in 0..<2 {
            let code = array(try mac.authenticate([UInt8]().span))
            #expect(code == expected)
        }
    }

    @Test(
        "SHA-256 gives the answers of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func sha256(_ text: String, _ digest: String) throws {
        let actual = array(try Digest.sha256(Array(text.utf8).span))
        #expect(actual == hex(digest))
    }

    @Test("constant-time equality is equality")
    func equality() {
        func equal(_ first: [UInt8], _ second: [UInt8]) -> Bool { constantTimeEquals(first.span, second.span) }
        let bytes = Array("0123456789".utf8)
        #expect(equal(bytes, bytes))
        #expect(equal([], []))
        #expect(!equal(bytes, bytes.dropLast()))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!equal(bytes, other))
        }
    }

    @Test("random bytes have the length asked for and differ")
    func random() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(throws: CryptographyError.invalidLength) { try SecureRandom.bytes(-1) }
        let samples = try (0..<1000).map { _ in try SecureRandom.bytes(16) }
        #expect(Set(samples).count == samples.count)
        #expect(samples.allSatisfy { $0.count == 16 })
    }
}
