import COpenSSL

/// HMAC with SHA-256 (RFC 2104) under one key that is set once.
///
/// The OpenSSL context is kept between messages: with OpenSSL 3.0 that costs a quarter of the one-shot `HMAC()`.
/// A value has one owner and every use is exclusive, so it may move to another thread but is never used by two at once.
package struct HMACSHA256: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer

    /// Sets the key; any length, the empty one too.
    package init(key: Span<UInt8>) throws(CryptographyError) {
        ERR_clear_error()
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { throw .last(.mac) }
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else { throw .last(.mac) }
        // A null key means "keep the key" to OpenSSL, so an empty key needs an address too.
        let result =
            if key.isEmpty {
                [UInt8(0)].withUnsafeBufferPointer { copenssl_hmac_init(context, "SHA256", $0.baseAddress, 0) }
            } else {
                key.withUnsafeBufferPointer { copenssl_hmac_init(context, "SHA256", $0.baseAddress, $0.count) }
            }
        guard result == 1 else {
            let error = CryptographyError.last(.mac)
            EVP_MAC_CTX_free(context)
            throw error
        }
        self.context = context
    }

    deinit {
        EVP_MAC_CTX_free(context)
    }

    /// Adds a part of the current message. After an error, here as in `finalize`, the next message starts anew.
    package mutating func update(_ part: Span<UInt8>) throws(CryptographyError) {
        let result = part.withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) }
        guard result == 1 else { throw abandon() }
    }

    /// Ends the current message and starts the next one with the same key.
    package mutating func finalize() throws(CryptographyError) -> Bytes32 {
        var code = Bytes32(repeating: 0)
        var output = code.mutableSpan
        let result = output.withUnsafeMutableBufferPointer { output in
            var written = 0
            guard EVP_MAC_final(context, output.baseAddress, &written, output.count) == 1, written == output.count
            else { return Int32(0) }
            return copenssl_hmac_restart(context)
        }
        guard result == 1 else { throw abandon() }
        return code
    }

    /// Discards the current message, so that it does not affect the next one.
    private mutating func abandon() -> CryptographyError {
        let error = CryptographyError.newest(.mac)
        _ = copenssl_hmac_restart(context)
        return error
    }

    /// The code of one whole message. Parts given to `update` before belong to it.
    package mutating func authenticate(_ message: Span<UInt8>) throws(CryptographyError) -> Bytes32 {
        try update(message)
        return try finalize()
    }

    /// The code of one message under a key that is used once.
    package static func code(of message: Span<UInt8>, key: Span<UInt8>) throws(CryptographyError) -> Bytes32 {
        var mac = try HMACSHA256(key: key)
        return try mac.authenticate(message)
    }
}
