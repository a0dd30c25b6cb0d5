import COpenSSL

/// 20 bytes, held inline: a SHA-1 digest.
package typealias Bytes20 = InlineArray<20, UInt8>

extension Digest {
    /// SHA-1 of one message (FIPS 180-4). Collisions are known: it is here because WeChat signs open data with it, and for
    /// nothing else.
    package static func sha1(_ message: Span<UInt8>) throws(CryptographyError) -> Bytes20 {
        var digest = Bytes20(repeating: 0)
        var output = digest.mutableSpan
        let result = message.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                ERR_clear_error()
                return EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, EVP_sha1(), nil)
            }
        }
        guard result == 1 else { throw .last(.digest) }
        return digest
    }
}
