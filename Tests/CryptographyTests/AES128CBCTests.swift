import Cryptography
import RandomJSON
import Testing

@Suite("AES-128-CBC with PKCS#7")
struct AES128CBCTests {
    /// NIST SP 800-38A, F.2.1.
    private static let key = hex("2b7e151628aed2a6abf7158809cf4f3c")
    private static let iv = hex("000102030405060708090a0b0c0d0e0f")
    private static let plaintext = hex(
        """
        6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
        30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710
        """
    )
    private static let ciphertext = hex(
        """
        7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2
        73bed6b8e3c1743b7116e69e22229516 3ff1caa1681fac09120eca307586e1a7
        """
    )

    @Test("NIST's vector, with a block of padding behind it")
    func vector() throws {
        let sealed = try AES128CBC.encrypt(Self.plaintext.span, key: Self.key.span, iv: Self.iv.span)
        #expect(sealed.count == 80 && Array(sealed.prefix(64)) == Self.ciphertext)
        #expect(try AES128CBC.decrypt(sealed.span, key: Self.key.span, iv: Self.iv.span) == Self.plaintext)
    }

    @Test("every length comes back, with 1 to 16 bytes of padding", arguments: 0...50)
    func lengths(_ count: Int) throws {
        let message = try SecureRandom.bytes(count)
        let sealed = try AES128CBC.encrypt(message.span, key: Self.key.span, iv: Self.iv.span)
        #expect(sealed.count == (count / 16 + 1) * 16)
        #expect(try AES128CBC.decrypt(sealed.span, key: Self.key.span, iv: Self.iv.span) == message)
    }

    @Test("every last block has the padding that its bytes say, or none")
    func paddings() throws {
        // A block under a chosen iv decrypts to whatever the test wants: D(block) ^ iv.
        let block = Array(Self.ciphertext.prefix(16))
        let plain = Array(Self.plaintext.prefix(16))
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for round in 0..<20_000 {
            var wanted = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let last = round < 256 ? UInt8(round) : UInt8.random(in: 0...17, using: &random)
            let run = Int.random(in: 0...16, using: &random)
            for index in (16 - run)..<16 { wanted[index] = last }
            wanted[15] = last
            let iv = (0..<16).map { Self.iv[$0] ^ plain[$0] ^ wanted[$0] }
            let isRight = (1...16).contains(last) && wanted.suffix(Int(last)).allSatisfy { $0 == last }
            let result = try? AES128CBC.decrypt(block.span, key: Self.key.span, iv: iv.span)
            let unjudged = try AES128CBC.decryptUnjudged(block.span, key: Self.key.span, iv: iv.span)
            #expect(unjudged.isPadded == isRight && unjudged.plaintext == (isRight ? result : wanted))
            if isRight { accepted += 1 }
            guard result == (isRight ? wanted.dropLast(Int(last)) : nil) else {
                Issue.record("seed \(seed), round \(round): \(wanted)")
                return
            }
        }
        #expect(accepted > 1000)
    }

    @Test("what is no ciphertext fails in one way", arguments: [0, 1, 15, 17, 31])
    func noCiphertext(_ count: Int) {
        let bytes = [UInt8](repeating: 7, count: count)
        #expect(throws: CryptographyError.authenticationFailed) {
            try AES128CBC.decrypt(bytes.span, key: Self.key.span, iv: Self.iv.span)
        }
    }

    @Test("keys and vectors have 16 bytes", arguments: [0, 15, 17, 24, 32])
    func keyLengths(_ count: Int) {
        let wrong = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptographyError.invalidLength) {
            try AES128CBC.encrypt(Self.plaintext.span, key: wrong.span, iv: Self.iv.span)
        }
        #expect(throws: CryptographyError.invalidLength) {
            try AES128CBC.decrypt(Self.ciphertext.span, key: wrong.span, iv: Self.iv.span)
        }
        #expect(throws: CryptographyError.invalidLength) {
            try AES128CBC.decrypt(Self.ciphertext.span, key: Self.key.span, iv: wrong.span)
        }
    }
}
