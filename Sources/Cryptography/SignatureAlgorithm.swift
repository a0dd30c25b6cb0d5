/// The signature algorithms with a public key that the gateway has. The raw value is the `alg` of JWS.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA with P-256 and SHA-256, as r and s of 32 bytes each (RFC 7518 section 3.4).
    case es256 = "ES256"
    /// Ed25519 (RFC 8037 section 3.1).
    case edDSA = "EdDSA"
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), with keys of 2048 to 8192 bits.
    case rs256 = "RS256"
}

/// Why a key cannot be used. No case carries any of the key.
package enum KeyFault: Error, Equatable, Sendable {
    /// Not a PEM with a key of the expected kind (private or public).
    case unreadable
    /// The PEM is encrypted.
    case encrypted
    /// A key of another kind than the algorithm's.
    case wrongKind
    /// An RSA key under 2048 bits, or one whose modulus or exponent is known to be weak.
    case weak
    /// An RSA key over 8192 bits: each token would cost too much.
    case tooLarge
    /// Invalid key parameters: a point off the curve or of small order, a coordinate of the wrong length.
    case invalid
    /// The private half does not belong to the public one.
    case mismatched
}

/// The public parameters of a key, as a JWK has them (RFC 7518 section 6, RFC 8037 section 2); numbers are unsigned and
/// big-endian.
package enum PublicKeyParameters: Sendable, Equatable {
    /// `kty` EC, `crv` P-256: 32 bytes each.
    case p256(x: [UInt8], y: [UInt8])
    /// `kty` OKP, `crv` Ed25519: 32 bytes, a point of small order refused. Whether they encode a point shows when a signature is verified (RFC 8032
    /// section 5.1.7): by a key that is none, nothing is good.
    case ed25519(x: [UInt8])
    /// `kty` RSA: without leading zeros.
    case rsa(modulus: [UInt8], exponent: [UInt8])

    /// The one algorithm that such a key is used with here.
    package var algorithm: SignatureAlgorithm {
        switch self {
        case .p256: .es256
        case .ed25519: .edDSA
        case .rsa: .rs256
        }
    }
}
