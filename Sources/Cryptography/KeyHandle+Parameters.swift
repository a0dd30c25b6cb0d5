import COpenSSL

extension KeyHandle {
    /// A public key from its numbers, checked: a P-256 point is on its curve, an Ed25519 point not of small
    /// order, an RSA key neither small nor known to be weak.
    static func publicKey(_ parameters: PublicKeyParameters) throws(KeyFault) -> KeyHandle {
        defer { ERR_clear_error() }
        switch parameters {
        case .p256(let x, let y):
            guard x.count == 32, y.count == 32 else { throw .invalid }
            let point = [4] + x + y  // uncompressed (SEC1 section 2.3.3)
            let key = try build("EC") { copenssl_p256_key($0, &$1, point, point.count) == 1 }
            try check(key)
            return key
        case .ed25519(let x):
            try Ed25519KeyRules.check(x)
            guard let pointer = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, x, x.count) else {
                throw .invalid
            }
            return KeyHandle(pointer)
        case .rsa(let modulus, let exponent):
            try RSAKeyRules.check(modulus: modulus, exponent: exponent)
            let n = machineOrder(modulus)
            let e = machineOrder(exponent)
            return try build("RSA") { copenssl_rsa_key($0, &$1, n, n.count, e, e.count) == 1 }
        }
    }

    private static func machineOrder(_ number: [UInt8]) -> [UInt8] {
        UInt16(1).littleEndian == 1 ? number.reversed() : number
    }

    private static func build(
        _ kind: String,
        _ make: (OpaquePointer, inout OpaquePointer?) -> Bool
    ) throws(KeyFault) -> KeyHandle {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, kind, nil) else { throw .invalid }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1, make(context, &key), let key else { throw .invalid }
        return KeyHandle(key)
    }

    private static func check(_ key: borrowing KeyHandle) throws(KeyFault) {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil) else { throw .invalid }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_public_check(context) == 1 else { throw .invalid }
    }
}
