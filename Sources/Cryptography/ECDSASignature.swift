import COpenSSL

/// The two forms of a P-256 signature: r and s of 32 bytes each (RFC 7518 section 3.4), and the DER that OpenSSL takes
/// (RFC 3279 section 2.2.3).
enum ECDSASignature {
    private static let width = 32

    /// DER of r and s; the caller has checked that there are 64 bytes. Whether they are in range OpenSSL checks.
    static func encode(_ plain: Span<UInt8>) -> [UInt8] {
        // Two numbers take 70 bytes at most, so every length fits one byte.
        var numbers: [UInt8] = []
        numbers.reserveCapacity(2 * (width + 3))
        for start in [0, width] {
            var first = start
            let end = start + width
            while first < end - 1, plain[first] == 0 { first += 1 }
            // A number whose first bit is set would be negative.
            let isNegative = plain[first] & 0x80 != 0
            numbers.append(0x02)
            numbers.append(UInt8(end - first + (isNegative ? 1 : 0)))
            if isNegative { numbers.append(0) }
            for index in first..<end { numbers.append(plain[index]) }
        }
        return [0x30, UInt8(numbers.count)] + numbers
    }

    /// r and s of a signature by OpenSSL; nil if it is not a valid encoding.
    static func decode(_ der: [UInt8]) -> [UInt8]? {
        der.withUnsafeBufferPointer { buffer -> [UInt8]? in
            var cursor = buffer.baseAddress
            guard let signature = d2i_ECDSA_SIG(nil, &cursor, buffer.count) else { return nil }
            defer { ECDSA_SIG_free(signature) }
            guard let r = ECDSA_SIG_get0_r(signature), let s = ECDSA_SIG_get0_s(signature) else { return nil }
            var first = [UInt8](repeating: 0, count: width)
            var second = first
            guard BN_bn2binpad(r, &first, Int32(width)) == Int32(width),
                BN_bn2binpad(s, &second, Int32(width)) == Int32(width)
            else { return nil }
            return first + second
        }
    }
}
