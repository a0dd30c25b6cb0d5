import Cryptography
import Testing

@Suite("HKDF")
struct HKDFTests {
    struct Vector: Sendable {
        let name: String
        let secret: [UInt8]
        let salt: [UInt8]
        let info: [UInt8]
        let output: [UInt8]
    }

    /// RFC 5869 appendix A, the SHA-256 cases.
    static let vectors: [Vector] = [
        Vector(
            name: "A.1",
            secret: [UInt8](repeating: 0x0b, count: 22),
            salt: Array(0x00...0x0c),
            info: Array(0xf0...0xf9),
            output: hex(
                """
                3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865
                """
            )
        ),
        Vector(
            name: "A.2",
            secret: Array(0x00...0x4f),
            salt: Array(0x60...0xaf),
            info: Array(0xb0...0xff),
            output: hex(
                """
                b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c
                59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71
                cc30c58179ec3e87c14c01d5c1f3434f1d87
                """
            )
        ),
        Vector(
            name: "A.3",
            secret: [UInt8](repeating: 0x0b, count: 22),
            salt: [],
            info: [],
            output: hex(
                """
                8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8
                """
            )
        ),
    ]

    @Test("gives the answers of RFC 5869", arguments: vectors)
    func knownAnswers(_ vector: Vector) throws {
        let output = try HKDF.deriveKey(
            from: vector.secret.span,
            salt: vector.salt.span,
            info: vector.info.span,
            count: vector.output.count
        )
        #expect(output == vector.output)
    }

    @Test("a shorter output is the start of a longer one", arguments: [1, 31, 32, 33, 64, 8160])
    func prefix(_ count: Int) throws {
        let long = try derive(8160)
        #expect(try derive(count) == Array(long.prefix(count)))
    }

    @Test("refuses lengths that HKDF does not have", arguments: [-1, 0, 8161])
    func lengths(_ count: Int) {
        #expect(throws: CryptographyError.invalidLength) { try derive(count) }
    }

    private func derive(_ count: Int) throws -> [UInt8] {
        try HKDF.deriveKey(from: [1, 2, 3].span, salt: [UInt8]().span, info: [4].span, count: count)
    }
}
