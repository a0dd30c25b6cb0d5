import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) for data at rest. Sealed form: nonce (12 bytes), ciphertext, tag (16 bytes).
///
/// Nonces are random, so one key should seal at most 2^32 messages.
package struct AES256GCM: Sendable {
    private static let nonceCount = 12
    private static let tagCount = 16

    /// Bytes that sealing adds to the plaintext.
    package static let overhead = nonceCount + tagCount

    private let key: [UInt8]

    /// A key of exactly 32 bytes; any other length is `invalidLength`.
    package init(key: [UInt8]) throws(CryptographyError) {
        guard key.count == 32 else { throw .invalidLength }
        self.key = key
    }

    /// Encrypts with a new random nonce. `associated` is not stored; `open` needs the same bytes.
    package func seal(
        _ plaintext: Span<UInt8>,
        authenticating associated: Span<UInt8>
    ) throws(CryptographyError) -> [UInt8] {
        try seal(plaintext, authenticating: associated, nonce: SecureRandom.bytes(Self.nonceCount))
    }

    /// `seal` with a given nonce, for test vectors only: using a nonce twice breaks GCM.
    func seal(
        _ plaintext: Span<UInt8>,
        authenticating associated: Span<UInt8>,
        nonce: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard nonce.count == Self.nonceCount else { throw .invalidLength }
        let context = try CipherContext(operation: .encrypt, key: key, nonce: nonce.span)
        try context.authenticate(associated)
        var ciphertext = try context.transform(plaintext)
        let tag = try context.finishSealing(tagCount: Self.tagCount)
        ciphertext.insert(contentsOf: nonce, at: 0)
        ciphertext.append(contentsOf: tag)
        return ciphertext
    }

    /// Decrypts the result of `seal` with the same key and `associated`; otherwise `authenticationFailed`.
    package func open(
        _ sealed: Span<UInt8>,
        authenticating associated: Span<UInt8>
    ) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= Self.overhead else { throw .authenticationFailed }
        let tagStart = sealed.count - Self.tagCount
        let context = try CipherContext(
            operation: .decrypt,
            key: key,
            nonce: sealed.extracting(0..<Self.nonceCount)
        )
        try context.authenticate(associated)
        let plaintext = try context.transform(sealed.extracting(Self.nonceCount..<tagStart))
        try context.finishOpening(expecting: sealed.extracting(tagStart..<sealed.count))
        return plaintext
    }
}

/// One AES-256-GCM operation on an OpenSSL cipher context.
private struct CipherContext: ~Copyable {
    private let context: OpaquePointer
    private let operation: CryptographyError.Operation

    init(
        operation: CryptographyError.Operation,
        key: [UInt8],
        nonce: Span<UInt8>
    ) throws(CryptographyError) {
        ERR_clear_error()
        guard let context = EVP_CIPHER_CTX_new() else { throw .last(operation) }
        let encrypts: Int32 = operation == .encrypt ? 1 : 0
        let started = nonce.withUnsafeBufferPointer { nonce in
            EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, nil, nil, encrypts) == 1
                && copenssl_aead_set_nonce_length(context, Int32(nonce.count)) == 1
                && EVP_CipherInit_ex(context, nil, nil, key, nonce.baseAddress, encrypts) == 1
        }
        guard started else {
            let error = CryptographyError.last(operation)
            EVP_CIPHER_CTX_free(context)
            throw error
        }
        self.context = context
        self.operation = operation
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
    }

    func authenticate(_ associated: Span<UInt8>) throws(CryptographyError) {
        guard associated.count <= Int(Int32.max) else { throw .invalidLength }
        guard !associated.isEmpty else { return }
        var written: Int32 = 0
        let result = associated.withUnsafeBufferPointer {
            EVP_CipherUpdate(context, nil, &written, $0.baseAddress, Int32($0.count))
        }
        guard result == 1 else { throw .last(operation) }
    }

    /// Encrypts or decrypts. Do not use decrypted data before `finishOpening` succeeds.
    func transform(_ input: Span<UInt8>) throws(CryptographyError) -> [UInt8] {
        guard input.count <= Int(Int32.max) - AES256GCM.overhead else { throw .invalidLength }
        guard !input.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: input.count)
        var written: Int32 = 0
        let result = input.withUnsafeBufferPointer {
            EVP_CipherUpdate(context, &output, &written, $0.baseAddress, Int32($0.count))
        }
        guard result == 1, Int(written) == input.count else { throw .last(operation) }
        return output
    }

    consuming func finishSealing(tagCount: Int) throws(CryptographyError) -> [UInt8] {
        var rest = [UInt8](repeating: 0, count: 16)
        var written: Int32 = 0
        var tag = [UInt8](repeating: 0, count: tagCount)
        guard EVP_CipherFinal_ex(context, &rest, &written) == 1, written == 0,
            copenssl_aead_get_tag(context, &tag, Int32(tagCount)) == 1
        else { throw .last(operation) }
        return tag
    }

    consuming func finishOpening(expecting tag: Span<UInt8>) throws(CryptographyError) {
        let result = tag.withUnsafeBufferPointer { copenssl_aead_set_tag(context, $0.baseAddress, Int32($0.count)) }
        guard result == 1 else { throw .last(operation) }
        var rest = [UInt8](repeating: 0, count: 16)
        var written: Int32 = 0
        guard EVP_CipherFinal_ex(context, &rest, &written) == 1, written == 0 else { throw .authenticationFailed }
    }
}
