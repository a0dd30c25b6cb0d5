import COpenSSL

/// A private key that signs with its one algorithm. Immutable, safe to use on any number of threads at once, and it prints
/// nothing of itself.
package final class PrivateKey: Sendable, Redacted {
    /// The other half.
    package let publicKey: PublicKey
    private let key: KeyHandle

    /// A key from PEM without a password: PKCS#8 (`BEGIN PRIVATE KEY`), SEC1 (`BEGIN EC PRIVATE KEY`) or PKCS#1 (`BEGIN
    /// RSA PRIVATE KEY`). It has signed and verified once when this returns.
    package init(pem: [UInt8], for algorithm: SignatureAlgorithm) throws(KeyFault) {
        key = try KeyHandle.privateKey(pem: pem)
        let parameters = try key.parameters()
        guard parameters.algorithm == algorithm else { throw .wrongKind }
        publicKey = try PublicKey(parameters)
        let probe = Array("menshen".utf8)
        guard let signature = try? sign(probe.span), publicKey.isValid(signature.span, over: probe.span) else {
            throw .mismatched
        }
    }

    /// The only algorithm it is used with.
    package var algorithm: SignatureAlgorithm { publicKey.algorithm }

    /// The signature over `message` in the form that JWS gives it (RFC 7518 section 3.4 for ES256: r and s).
    package func sign(_ message: Span<UInt8>) throws(CryptographyError) -> [UInt8] {
        ERR_clear_error()
        guard let context = EVP_MD_CTX_new() else { throw .last(.sign) }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, algorithm.digest, nil, key.pointer) == 1 else { throw .last(.sign) }
        let room = Int(EVP_PKEY_get_size(key.pointer))
        guard room > 0 else { throw .last(.sign) }
        var signature = [UInt8](repeating: 0, count: room)
        var count = room
        let result = message.withUnsafeBufferPointer {
            EVP_DigestSign(context, &signature, &count, $0.baseAddress, $0.count)
        }
        guard result == 1, count <= room else { throw .last(.sign) }
        signature.removeLast(room - count)
        guard algorithm == .es256 else { return signature }
        guard let plain = ECDSASignature.decode(signature) else { throw .last(.sign) }
        return plain
    }
}
