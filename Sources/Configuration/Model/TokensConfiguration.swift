/// How tokens are signed and verified (contract, section 5).
package struct TokensConfiguration: Sendable, Equatable {
    /// The claim `iss`, and the realm of `www-authenticate`.
    package var issuer = ""
    /// From `iat` to `exp`, in whole seconds.
    package var lifetime = Duration.seconds(2 * 60 * 60)
    /// How long before its end a token gets its successor, in whole seconds and less than `lifetime`. Nil: never.
    package var renewBefore: Duration?
    /// The request header that carries the token, in lower case.
    package var header = "authorization"
    /// The first signs, all verify. At least one, each id once.
    package var signingKeys: [SigningKeyConfiguration] = []
    /// Whose tokens are taken besides the gateway's own. Each issuer once, and not the gateway itself.
    package var issuers: [IssuerConfiguration] = []
    /// Signs the identity tokens for services. Its id is none of the signing keys'.
    package var identityKey: IdentityKeyConfiguration?

    init() {}
}

/// One key that tokens are signed and verified with.
package struct SigningKeyConfiguration: Sendable, Equatable {
    /// The header parameter `kid`: letters, digits, `.`, `_`, `:` and `-`.
    package var id = ""
    /// The only algorithm that this key is used with.
    package var algorithm = SigningAlgorithm.hs256
    /// The key of HS256, at least 32 bytes; nil with every other algorithm.
    package var secret: Secret?
    /// PEM with a private key of the algorithm's kind; nil with HS256.
    package var privateKey: Secret?
    /// PEM with a public key of the algorithm's kind, which verifies only; nil with HS256 and beside a private key.
    package var publicKey: Secret?

    init() {}

    /// What other keys can be derived from: the bytes that are secret here. Empty where none are.
    package var keyMaterial: [UInt8] { (secret ?? privateKey)?.bytes ?? [] }
}

/// A JWS algorithm (RFC 7518, section 3.1; RFC 8037, section 3.1).
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    /// HMAC with SHA-256.
    case hs256 = "HS256"
    /// ECDSA with P-256 and SHA-256.
    case es256 = "ES256"
    /// Ed25519.
    case edDSA = "EdDSA"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
}

/// Another issuer whose tokens are accepted.
package struct IssuerConfiguration: Sendable, Equatable {
    /// The claim `iss` of its tokens.
    package var issuer = ""
    /// The URL of its keys: https, or http on loopback. Nil if they are in a file.
    package var jwksURL: String?
    /// The text of the file with its keys, a JWK Set that was read without a fault. Nil where they are fetched.
    package var jwksFile: KeySetFile?
    /// The required value of the claim `aud` of its tokens.
    package var audience = ""
    /// The names of its claims.
    package var claims = IssuerClaimsConfiguration()

    init() {}
}

/// A file with public keys.
package struct KeySetFile: Sendable, Equatable {
    /// As the configuration names it.
    package let path: String
    /// All of it.
    package let bytes: [UInt8]
}

/// The names of the claims of an issuer's tokens.
package struct IssuerClaimsConfiguration: Sendable, Equatable {
    /// The claim with the user id, a string.
    package var userID = "sub"

    init() {}
}

/// The key that identity tokens for services are signed with: ES256.
package struct IdentityKeyConfiguration: Sendable, Equatable {
    /// The header parameter `kid`.
    package var id = ""
    /// PEM with a P-256 key.
    package var privateKey = Secret.unset

    init() {}
}
