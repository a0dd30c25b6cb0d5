import COpenSSL

/// Random bytes from OpenSSL's generator, which the kernel seeds and which is safe after `fork` and on any thread.
package enum SecureRandom {
    /// Fills the whole span.
    package static func fill(_ bytes: inout MutableSpan<UInt8>) throws(CryptographyError) {
        guard bytes.count <= Int(Int32.max) else { throw .invalidLength }
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        let result = bytes.withUnsafeMutableBufferPointer { RAND_bytes($0.baseAddress, Int32($0.count)) }
        guard result == 1 else { throw .last(.random) }
    }

    /// `count` random bytes; a negative count is `invalidLength`.
    package static func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        guard count >= 0 else { throw .invalidLength }
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        try fill(&span)
        return bytes
    }
}
