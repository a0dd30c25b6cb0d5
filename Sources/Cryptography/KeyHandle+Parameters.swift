import COpenSSL

extension KeyHandle {
    /// A public key from its numbers, checked: a P-256 point is on its curve, an RSA key neither small nor known to be weak.
    static func publicKey(_ parameters: PublicKeyParameters) throws(KeyFault) -> KeyHandle {
        defer { ERR_clear_error() }
        switch parameters {
        case .p256(let x, let y):
            guard x.count == 32, y.count == 32 else { throw .invalid }
            let point = [4] + x + y  // uncompressed (SEC1 section 2.3.3)
            let key = try build("EC") { builder in
                OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1
                    && OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, point.count) == 1
            }
            try check(key)
            return key
        case .ed25519(let x):
            guard x.count == 32, let pointer = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, x, x.count) else {
                throw .invalid
            }
            return KeyHandle(pointer)
        case .rsa(let modulus, let exponent):
            try RSAKeyRules.check(modulus: modulus, exponent: exponent)
            // The builder keeps the addresses of the numbers until it is asked for the parameters.
            guard let n = BN_bin2bn(modulus, Int32(modulus.count), nil) else { throw .invalid }
            defer { BN_free(n) }
            guard let e = BN_bin2bn(exponent, Int32(exponent.count), nil) else { throw .invalid }
            defer { BN_free(e) }
            return try build("RSA") { builder in
                OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1
                    && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1
            }
        }
    }

    private static func build(_ kind: String, _ fill: (OpaquePointer) -> Bool) throws(KeyFault) -> KeyHandle {
        guard let builder = OSSL_PARAM_BLD_new() else { throw .invalid }
        defer { OSSL_PARAM_BLD_free(builder) }
        guard fill(builder), let parameters = OSSL_PARAM_BLD_to_param(builder) else { throw .invalid }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, kind, nil) else { throw .invalid }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1, copenssl_public_key(context, &key, parameters) == 1, let key else {
            throw .invalid
        }
        return KeyHandle(key)
    }

    private static func check(_ key: borrowing KeyHandle) throws(KeyFault) {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else { throw .invalid }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1 else { throw .invalid }
    }
}
