import COpenSSL

/// A public key that verifies signatures of its one algorithm. Immutable, and safe to use on any number of threads at once.
package final class PublicKey: Sendable {
    /// The only algorithm it is used with.
    package let algorithm: SignatureAlgorithm
    /// The key parameters, as in a JWK.
    package let parameters: PublicKeyParameters
    private let key: KeyHandle
    /// The length of every signature, in bytes.
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

    /// Whether `signature`, in the format of JWS, is valid for `message` under this key.
    ///
    /// An invalid encoding (another length, numbers out of range, DER) is not valid either; nor is anything if OpenSSL
    /// runs out of memory.
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
            // A failed verification leaves an error in the queue, which the next caller on this thread would see.
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
