import Testing

@testable import Cryptography

@Suite("Keys")
struct KeyTests {
    @Test(
        "are read from every form of PEM",
        arguments: [
            ("es256", SignatureAlgorithm.es256), ("es256.sec1", .es256), ("eddsa", .edDSA), ("rs256", .rs256),
            ("rs256.pkcs1", .rs256),
        ]
    )
    func privatePEM(_ name: String, _ algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey(pem: TestKeys.pem(name), for: algorithm)
        let expected = try PublicKey(pem: TestKeys.pem(TestKeys.name(algorithm) + ".pub"), for: algorithm)
        #expect(key.algorithm == algorithm)
        #expect(key.publicKey.parameters == expected.parameters)
    }

    @Test("are the same from SubjectPublicKeyInfo and PKCS#1")
    func publicPEM() throws {
        let first = try PublicKey(pem: TestKeys.pem("rs256.pub"), for: .rs256)
        let second = try PublicKey(pem: TestKeys.pem("rs256.pkcs1.pub"), for: .rs256)
        #expect(first.parameters == second.parameters)
    }

    @Test(
        "are refused where they are of another kind, weak, or not to be read",
        arguments: [
            ("es256", SignatureAlgorithm.edDSA, KeyFault.wrongKind), ("es256", .rs256, .wrongKind),
            ("eddsa", .es256, .wrongKind), ("rs256", .es256, .wrongKind), ("p384", .es256, .wrongKind),
            ("rsapss", .rs256, .wrongKind), ("rsa1024", .rs256, .weak), ("es256.encrypted", .es256, .encrypted),
            ("es256.pub", .es256, .unreadable),
        ]
    )
    func refused(_ name: String, _ algorithm: SignatureAlgorithm, _ fault: KeyFault) throws {
        let pem = try TestKeys.pem(name)
        #expect(throws: fault) { try PrivateKey(pem: pem, for: algorithm) }
    }

    @Test(
        "are nothing where the text is none",
        arguments: ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    )
    func noText(_ text: String) {
        #expect(throws: KeyFault.unreadable) { try PrivateKey(pem: Array(text.utf8), for: .es256) }
        #expect(throws: KeyFault.unreadable) { try PublicKey(pem: Array(text.utf8), for: .es256) }
    }

    @Test("of random damage to a PEM never end the process, nor work with a wrong half", arguments: ["es256", "eddsa"])
    func damage(_ name: String) throws {
        let algorithm: SignatureAlgorithm = name == "es256" ? .es256 : .edDSA
        let good = try TestKeys.pem(name)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            var changed = good
            changed[Int.random(in: 28..<good.count - 27, using: &random)] ^=
                1 << UInt8.random(in: 0..<7, using: &random)
            guard let key = try? PrivateKey(pem: changed, for: algorithm) else { continue }
            let signature = try key.sign([1, 2, 3].span)
            #expect(key.publicKey.takes(signature, [1, 2, 3]))
        }
    }

    @Test("go to their numbers and back", arguments: SignatureAlgorithm.allCases)
    func numbers(_ algorithm: SignatureAlgorithm) throws {
        let key = try TestKeys.privateKey(algorithm)
        let copy = try PublicKey(key.publicKey.parameters)
        #expect(copy.parameters == key.publicKey.parameters)
        #expect(copy.algorithm == algorithm)
        let signature = try key.sign([1].span)
        #expect(copy.takes(signature, [1]))
    }

    @Test("on P-256 are points of the curve")
    func curve() throws {
        guard case .p256(let x, let y) = PublishedKeys.parameters(.es256) else { return #expect(Bool(false)) }
        var off = y
        off[31] ^= 1
        let zero = [UInt8](repeating: 0, count: 32)
        for (x, y) in [(x, off), (y, x), (zero, zero), (x, Array(y.dropLast())), ([0] + x, y), ([], [])] {
            #expect(throws: KeyFault.invalid) { try PublicKey(.p256(x: x, y: y)) }
        }
        // 2 is the y of no point of the other curve.
        let message = PublishedKeys.decode("AA")
        let (_, signature) = PublishedKeys.example(.edDSA)
        let none = try PublicKey(.ed25519(x: [2] + [UInt8](repeating: 0, count: 31)))
        #expect(!none.takes(PublishedKeys.decode(signature), message))
        for count in [0, 31, 33] {
            #expect(throws: KeyFault.invalid) { try PublicKey(.ed25519(x: [UInt8](repeating: 1, count: count))) }
        }
    }

    /// The eight points whose order divides 8, by their y, and the spellings of such a y that RFC 8032 does not have.
    private static let smallOrders = [
        "00", "01", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "ec", "ed", "ee", "f0", "ff",
    ]

    @Test("of Ed25519 are no points for which anybody can sign, in any spelling", arguments: smallOrders)
    func smallOrder(_ text: String) {
        var y = hex(text)
        if y.count == 1 { y += [UInt8](repeating: y[0] < 2 ? 0 : 0xFF, count: 31) }
        for sign in [UInt8(0), 0x80] {
            var key = y
            key[31] = key[31] & 0x7F | sign
            #expect(throws: KeyFault.invalid) { try PublicKey(.ed25519(x: key)) }
        }
    }

    @Test("of RSA have 2048 to 8192 bits, an odd modulus and an odd exponent over 1")
    func rsa() throws {
        guard case .rsa(let modulus, let exponent) = PublishedKeys.parameters(.rs256) else {
            return #expect(Bool(false))
        }
        func fault(_ modulus: [UInt8], _ exponent: [UInt8]) -> KeyFault? {
            do throws(KeyFault) {
                _ = try PublicKey(.rsa(modulus: modulus, exponent: exponent))
                return nil
            } catch { return error }
        }
        #expect(fault(modulus, exponent) == nil)
        #expect(fault([0, 0] + modulus, [0] + exponent) == nil)
        #expect(fault(modulus, [3]) == nil)
        #expect(fault(Array(modulus.dropFirst()), exponent) == .weak)
        #expect(fault(modulus, [1]) == .weak)
        #expect(fault(modulus, [2]) == .weak)
        #expect(fault(modulus, []) == .weak)
        #expect(fault(modulus, [UInt8](repeating: 0xFF, count: 9)) == .weak)
        #expect(fault([], exponent) == .invalid)
        #expect(fault(Array(modulus.dropLast()) + [0x20], exponent) == .invalid)
        let large = [UInt8](repeating: 0xFF, count: 1024)
        #expect(fault(large, exponent) == nil)
        #expect(fault([1] + large, exponent) == .tooLarge)
    }

    @Test("print nothing of themselves")
    func silence() throws {
        let key = try TestKeys.privateKey(.es256)
        var text = "\(key) \(String(reflecting: key))"
        dump(key, to: &text)
        #expect(!text.contains("0x") && !text.contains("OpaquePointer"))
        #expect("\(key)" == "PrivateKey")
    }
}
