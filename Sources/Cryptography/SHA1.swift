import COpenSSL

/// 20 bytes, held inline: a SHA-1 digest.
package typealias Bytes20 = InlineArray<20, UInt8>

extension Digest {
    /// SHA-1 of one message (FIPS 180-4). Collisions are known: it is here because WeChat signs open data with it, and for
    /// nothing else.
    package static func sha1(_ message: Span<UInt8>) throws(CryptographyError) -> Bytes20 {
        var digest = Bytes20(repeating: 0)
        var output = digest.mutableSpan
        try hash(message, by: EVP_sha1(), into: &output)
        return digest
    }
}
