/// HKDF with SHA-256 (RFC 5869): independent keys from one secret.
package enum HKDF {
    /// Extract, then expand.
    ///
    /// - Parameters:
    ///   - secret: the input keying material.
    ///   - salt: may be empty, which equals 32 zero bytes.
    ///   - info: the purpose of the key; each purpose needs its own text.
    ///   - count: the number of bytes, 1 to 8160 (255 × 32); otherwise `invalidLength`.
    package static func deriveKey(
        from secret: Span<UInt8>,
        salt: Span<UInt8>,
        info: Span<UInt8>,
        count: Int
    ) throws(CryptographyError) -> [UInt8] {
        guard count > 0, count <= 255 * 32 else { throw .invalidLength }
        let pseudorandomKey = try HMACSHA256.code(of: secret, key: salt)
        var mac = try HMACSHA256(key: pseudorandomKey.span)
        var output: [UInt8] = []
        output.reserveCapacity(count + 31)
        var block = Bytes32(repeating: 0)
        var counter: UInt8 = 0
        while output.count < count {
            if counter > 0 { try mac.update(block.span) }
            counter += 1
            try mac.update(info)
            block = try mac.authenticate([counter].span)
            for index in block.indices { output.append(block[index]) }
        }
        output.removeLast(output.count - count)
        return output
    }
}
