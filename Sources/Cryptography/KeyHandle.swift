import COpenSSL

/// One owner of an `EVP_PKEY`. OpenSSL lets any number of threads read one key at a time, and nothing here changes it.
struct KeyHandle: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    /// A private key: PKCS#8, SEC1 or PKCS#1 in PEM.
    static func privateKey(pem: [UInt8]) throws(KeyFault) -> KeyHandle {
        try read(pem) { PEM_read_bio_PrivateKey($0, nil, refusePassword, nil) }
    }

    /// A public key: SubjectPublicKeyInfo or PKCS#1 in PEM.
    static func publicKey(pem: [UInt8]) throws(KeyFault) -> KeyHandle {
        try read(pem) { PEM_read_bio_PUBKEY($0, nil, refusePassword, nil) }
    }

    private static func read(_ pem: [UInt8], _ parse: (OpaquePointer) -> OpaquePointer?) throws(KeyFault) -> KeyHandle {
        // Room for an RSA key of 16384 bits: no key that is taken is larger.
        guard !pem.isEmpty, pem.count <= 32 * 1024 else { throw .unreadable }
        defer { ERR_clear_error() }
        let pointer = pem.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let buffer = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(buffer) }
            return parse(buffer)
        }
        guard let pointer else {
            throw String(decoding: pem, as: UTF8.self).contains("ENCRYPTED") ? .encrypted : .unreadable
        }
        return KeyHandle(pointer)
    }

    /// The public parameters; `wrongKind` where no algorithm here has such keys.
    func parameters() throws(KeyFault) -> PublicKeyParameters {
        defer { ERR_clear_error() }
        if EVP_PKEY_is_a(pointer, "RSA") == 1 {
            // Checked before any number is copied, to bound their size.
            guard EVP_PKEY_get_bits(pointer) <= Int32(RSAKeyRules.largestBits) else { throw .tooLarge }
            return .rsa(modulus: try number(OSSL_PKEY_PARAM_RSA_N), exponent: try number(OSSL_PKEY_PARAM_RSA_E))
        }
        if EVP_PKEY_is_a(pointer, "EC") == 1 {
            guard try groupName() == "prime256v1" else { throw .wrongKind }
            return .p256(
                x: try number(OSSL_PKEY_PARAM_EC_PUB_X, paddedTo: 32),
                y: try number(OSSL_PKEY_PARAM_EC_PUB_Y, paddedTo: 32)
            )
        }
        guard EVP_PKEY_is_a(pointer, "ED25519") == 1 else { throw .wrongKind }
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(pointer, &bytes, &count) == 1, count == 32 else { throw .invalid }
        return .ed25519(x: bytes)
    }

    private func groupName() throws(KeyFault) -> String {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1, count < name.count else {
            throw .wrongKind
        }
        return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func number(_ name: String, paddedTo width: Int? = nil) throws(KeyFault) -> [UInt8] {
        var value: OpaquePointer?
        guard EVP_PKEY_get_bn_param(pointer, name, &value) == 1, let value else { throw .invalid }
        defer { BN_free(value) }
        let count = width ?? Int(BN_num_bits(value) + 7) / 8
        var bytes = [UInt8](repeating: 0, count: count)
        guard BN_bn2binpad(value, &bytes, Int32(count)) == Int32(count) else { throw .invalid }
        return bytes
    }
}

/// OpenSSL asks for passwords at the terminal by default.
private func refusePassword(
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _: Int32,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    -1
}
