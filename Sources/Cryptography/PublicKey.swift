import COpenSSL

/// A public key that verifies signatures of its one algorithm. Immutable, and safe to use on any number of threads at once.
package final class PublicKey: Sendable {
    /// The only algorithm it is used with.
    package let algorithm: SignatureAlgorithm
    /// What a JWK says of it.
    package let parameters: PublicKeyParameters
    private let key: KeyHandle
    /// Bytes of a signature: always so many.
    private let signatureCount: Int

    /// A key from its numbers. Leading zeros of RSA numbers are dropped.
    package init(_ parameters: PublicKeyParameters) throws(KeyFault) {
        var parameters = parameters
        if case .rsa(let modulus, let exponent) = parameters {
            parameters = .rsa(
                modulus: Array(modulus.drop { $0 == 0 }),
                exponent: Array(exponent.drop { $0 == 0 })
            )
        }
        key = try KeyHandle.publicKey(parameters)
        self.parameters = parameters
        algorithm = parameters.algorithm
        signatureCount = if case .rsa(let modulus, _) = parameters { modulus.count } else { 64 }
    }

    /// A key from PEM: SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`) or PKCS#1 (`BEGIN RSA PUBLIC KEY`).
    package convenience init(pem: [UInt8], for algorithm: SignatureAlgorithm) throws(KeyFault) {
        let parameters = try KeyHandle.publicKey(pem: pem).parameters()
        guard parameters.algorithm == algorithm else { throw .wrongKind }
        try self.init(parameters)
    }

    /// Whether `signature`, in the form that JWS gives it, is this key's over `message`.
    ///
    /// What is no signature at all (of another length, numbers out of range, in DER) is not this key's either; nor is
    /// anything where OpenSSL has no memory left.
    package func isValid(_ signature: Span<UInt8>, over message: Span<UInt8>) -> Bool {
        guard signature.count == signatureCount else { return false }
        guard algorithm == .es256 else { return verify(signature, message) }
        let encoded = ECDSASignature.encode(signature)
        return verify(encoded.span, message)
    }

    private func verify(_ signature: Span<UInt8>, _ message: Span<UInt8>) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            // A signature that does not match leaves an error behind, which the next caller on this thread would find.
            ERR_clear_error()
        }
        guard EVP_DigestVerifyInit(context, nil, algorithm.digest, nil, key.pointer) == 1 else { return false }
        return signature.withUnsafeBufferPointer { signature in
            message.withUnsafeBufferPointer { message in
                EVP_DigestVerify(context, signature.baseAddress, signature.count, message.baseAddress, message.count)
                    == 1
            }
        }
    }
}

extension SignatureAlgorithm {
    /// Nil for Ed25519, which hashes in its own way.
    var digest: OpaquePointer? { self == .edDSA ? nil : EVP_sha256() }
}
