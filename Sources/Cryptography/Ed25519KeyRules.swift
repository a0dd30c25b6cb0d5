/// Which encodings of points are public keys of Ed25519.
///
/// OpenSSL takes any 32 bytes. For a point of small order, anybody can compute signatures that hold for every message, or for
/// one in eight: `[S]B = R + [k]A` has solutions without the private key.
enum Ed25519KeyRules {
    /// The y coordinates of the eight points whose order divides the cofactor, in the order of the encoding.
    private static let smallOrders: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
        [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    ]

    /// - Parameter key: the encoded point.
    /// - Throws: `KeyFault.invalid` for a y that is not below 2^255 - 19 (RFC 8032 section 5.1.3, which OpenSSL reduces), and
    ///   for a point of small order. Whether there is a point at all shows when a signature is verified.
    static func check(_ key: [UInt8]) throws(KeyFault) {
        guard key.count == 32 else { throw .invalid }
        var y = key
        // The sign of x, in the highest bit, makes two points of one y.
        y[31] &= 0x7F
        let isBelowPrime = y[0] < 0xED || y[31] < 0x7F || y[1..<31].contains { $0 < 0xFF }
        guard isBelowPrime, !smallOrders.contains(y) else { throw .invalid }
    }
}
