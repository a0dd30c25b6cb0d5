import COpenSSL

/// AES-128 in CBC mode (NIST SP 800-38A) with PKCS#7 padding (RFC 5652, section 6.3): the format of WeChat's open data.
///
/// CBC does not authenticate: an attacker who knows a plaintext can change it. Decrypted data must be verified by other
/// means.
package enum AES128CBC {
    /// The length of a key, in bytes.
    package static let keyCount = 16
    /// The length of a block and of an initialization vector, in bytes.
    package static let blockCount = 16

    /// Encrypts under a key and an initialisation vector of 16 bytes each, else `invalidLength`.
    package static func encrypt(
        _ plaintext: Span<UInt8>,
        key: Span<UInt8>,
        iv: Span<UInt8>
    ) throws(CryptographyError) -> [UInt8] {
        let padding = blockCount - plaintext.count % blockCount
        var padded: [UInt8] = []
        padded.reserveCapacity(plaintext.count + padding)
        for index in plaintext.indices { padded.append(plaintext[index]) }
        padded.append(contentsOf: repeatElement(UInt8(padding), count: padding))
        return try transform(padded.span, key: key, iv: iv, operation: .encrypt)
    }

    /// Decrypts with a key and an initialization vector of 16 bytes each; other lengths are `invalidLength`.
    ///
    /// Every fault of the ciphertext is `authenticationFailed`: partial blocks, no blocks, or invalid PKCS#7 padding.
    /// The padding is checked in constant time.
    package static func decrypt(
        _ ciphertext: Span<UInt8>,
        key: Span<UInt8>,
        iv: Span<UInt8>
    ) throws(CryptographyError) -> [UInt8] {
        let (plaintext, isPadded) = try decryptUnjudged(ciphertext, key: key, iv: iv)
        guard isPadded else { throw .authenticationFailed }
        return plaintext
    }

    /// Decrypts as `decrypt` does, and returns the plaintext whether or not the padding is valid: with a ciphertext that an
    /// attacker may have changed, the caller reads it either way, so that the time does not tell which it was. With invalid
    /// padding nothing is removed.
    package static func decryptUnjudged(
        _ ciphertext: Span<UInt8>,
        key: Span<UInt8>,
        iv: Span<UInt8>
    ) throws(CryptographyError) -> (plaintext: [UInt8], isPadded: Bool) {
        guard key.count == keyCount, iv.count == blockCount else { throw .invalidLength }
        guard !ciphertext.isEmpty, ciphertext.count.isMultiple(of: blockCount) else { throw .authenticationFailed }
        var padded = try transform(ciphertext, key: key, iv: iv, operation: .decrypt)
        let count = paddingCount(padded.span)
        padded.removeLast(count)
        return (padded, count > 0)
    }

    /// 1 to 16, or 0 for invalid padding. The whole last block is read, whatever its content.
    private static func paddingCount(_ padded: Span<UInt8>) -> Int {
        let last = UInt32(padded[padded.count - 1])
        // The top bit of a difference of small numbers is its sign.
        var wrong = (last &- 1) >> 31 | (16 &- last) >> 31
        for distance in UInt32(0)..<16 {
            let byte = UInt32(padded[padded.count - 1 - Int(distance)])
            let isInside = (distance &- last) >> 31
            wrong |= (byte ^ last) & (0 &- isInside)
        }
        return wrong == 0 ? Int(last) : 0
    }

    private static func transform(
        _ input: Span<UInt8>,
        key: Span<UInt8>,
        iv: Span<UInt8>,
        operation: CryptographyError.Operation
    ) throws(CryptographyError) -> [UInt8] {
        guard key.count == keyCount, iv.count == blockCount, input.count <= Int(Int32.max) - blockCount else {
            throw .invalidLength
        }
        ERR_clear_error()
        guard let context = EVP_CIPHER_CTX_new() else { throw .last(operation) }
        defer { EVP_CIPHER_CTX_free(context) }
        // Without padding, OpenSSL writes as many bytes as it reads; its documentation requires one block more anyway.
        var output = [UInt8](repeating: 0, count: input.count + blockCount)
        var written: Int32 = 0
        let isDone = key.withUnsafeBufferPointer { key in
            iv.withUnsafeBufferPointer { iv in
                input.withUnsafeBufferPointer { input in
                    EVP_CipherInit_ex(
                        context,
                        EVP_aes_128_cbc(),
                        nil,
                        key.baseAddress,
                        iv.baseAddress,
                        operation == .encrypt ? 1 : 0
                    ) == 1
                        && EVP_CIPHER_CTX_set_padding(context, 0) == 1
                        && EVP_CipherUpdate(context, &output, &written, input.baseAddress, Int32(input.count)) == 1
                }
            }
        }
        guard isDone, Int(written) == input.count else { throw .last(operation) }
        output.removeLast(blockCount)
        return output
    }
}
