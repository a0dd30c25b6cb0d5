import COpenSSL

/// 32 bytes, held inline: a SHA-256 digest or a MAC built on it.
package typealias Bytes32 = InlineArray<32, UInt8>

/// Hash functions (FIPS 180-4).
package enum Digest {
    /// SHA-256 of one message.
    package static func sha256(_ message: Span<UInt8>) throws(CryptographyError) -> Bytes32 {
        var digest = Bytes32(repeating: 0)
        var output = digest.mutableSpan
        try hash(message, by: EVP_sha256(), into: &output)
        return digest
    }

    /// - Parameter output: as long as the function's digests are.
    static func hash(
        _ message: Span<UInt8>,
        by function: OpaquePointer?,
        into output: inout MutableSpan<UInt8>
    ) throws(CryptographyError) {
        let result = message.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                ERR_clear_error()
                return EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, function, nil)
            }
        }
        guard result == 1 else { throw .last(.digest) }
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only. Different lengths are not equal.
package func constantTimeEquals(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
    guard first.count == second.count else { return false }
    return first.withUnsafeBufferPointer { first in
        second.withUnsafeBufferPointer { second in
            first.isEmpty || CRYPTO_memcmp(first.baseAddress, second.baseAddress, first.count) == 0
        }
    }
}
