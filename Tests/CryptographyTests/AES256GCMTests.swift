import Testing

@testable import Cryptography

@Suite("AES-256-GCM")
struct AES256GCMTests {
    struct Vector: Sendable {
        let name: String
        let key: [UInt8]
        let nonce: [UInt8]
        let associated: [UInt8]
        let plaintext: [UInt8]
        let sealed: [UInt8]
    }

    private static let key = hex("feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308")
    private static let plaintext = hex(
        """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255
        """
    )
    private static let ciphertext = hex(
        """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad
        """
    )

    /// Test cases 13 to 16 of the GCM submission to NIST (McGrew and Viega), those with a 256-bit key and a 96-bit nonce.
    static let vectors: [Vector] = [
        Vector(
            name: "13",
            key: [UInt8](repeating: 0, count: 32),
            nonce: [UInt8](repeating: 0, count: 12),
            associated: [],
            plaintext: [],
            sealed: hex("530f8afbc74536b9a963b4f1c4cb738b")
        ),
        Vector(
            name: "14",
            key: [UInt8](repeating: 0, count: 32),
            nonce: [UInt8](repeating: 0, count: 12),
            associated: [],
            plaintext: [UInt8](repeating: 0, count: 16),
            sealed: hex("cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919")
        ),
        Vector(
            name: "15",
            key: key,
            nonce: hex("cafebabefacedbaddecaf888"),
            associated: [],
            plaintext: plaintext,
            sealed: ciphertext + hex("b094dac5d93471bdec1a502270e3cc6c")
        ),
        Vector(
            name: "16",
            key: key,
            nonce: hex("cafebabefacedbaddecaf888"),
            associated: hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
            plaintext: Array(plaintext.prefix(60)),
            sealed: Array(ciphertext.prefix(60)) + hex("76fc6ece0f4e1768cddf8853bb2d551b")
        ),
    ]

    @Test("gives the known answers", arguments: vectors)
    func knownAnswers(_ vector: Vector) throws {
        let cipher = try AES256GCM(key: vector.key)
        let sealed = try cipher.seal(
            vector.plaintext.span,
            authenticating: vector.associated.span,
            nonce: vector.nonce
        )
        #expect(sealed == vector.nonce + vector.sealed)
        let opened = try cipher.open(sealed.span, authenticating: vector.associated.span)
        #expect(opened == vector.plaintext)
    }

    @Test("opens what it sealed, under a new nonce each time", arguments: [0, 1, 15, 16, 17, 1000])
    func roundTrip(_ count: Int) throws {
        let cipher = try AES256GCM(key: Self.key)
        let plaintext = try SecureRandom.bytes(count)
        let associated = Array("users/42".utf8)
        let first = try cipher.seal(plaintext.span, authenticating: associated.span)
        let second = try cipher.seal(plaintext.span, authenticating: associated.span)
        #expect(first != second)
        #expect(first.count == count + AES256GCM.overhead)
        for sealed in [first, second] {
            let opened = try cipher.open(sealed.span, authenticating: associated.span)
            #expect(opened == plaintext)
        }
    }

    @Test("refuses every changed bit, every cut, other associated data and another key")
    func tampering() throws {
        let cipher = try AES256GCM(key: Self.key)
        let sealed = try cipher.seal([1, 2, 3, 4, 5].span, authenticating: [9].span)
        func refuses(_ sealed: [UInt8], associated: [UInt8] = [9], cipher: AES256GCM) -> Bool {
            do throws(CryptographyError) {
                _ = try cipher.open(sealed.span, authenticating: associated.span)
                return false
            } catch {
                return error == .authenticationFailed
            }
        }
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(refuses(changed, cipher: cipher))
        }
        for count in 0..<sealed.count { #expect(refuses(Array(sealed.prefix(count)), cipher: cipher)) }
        #expect(refuses(sealed + [0], cipher: cipher))
        #expect(refuses(sealed, associated: [], cipher: cipher))
        #expect(refuses(sealed, associated: [9, 9], cipher: cipher))
        #expect(refuses(sealed, cipher: try AES256GCM(key: [UInt8](repeating: 7, count: 32))))
        #expect(!refuses(sealed, cipher: cipher))
    }

    @Test("takes keys of 32 bytes only", arguments: [0, 16, 31, 33])
    func keyLength(_ count: Int) {
        #expect(throws: CryptographyError.invalidLength) {
            try AES256GCM(key: [UInt8](repeating: 1, count: count))
        }
    }
}
