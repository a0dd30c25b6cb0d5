/// How tokens are signed and verified (contract, section 5).
package struct TokensConfiguration: Sendable, Equatable {
    /// The claim `iss`, and the realm of `www-authenticate`.
    package var issuer = ""
    /// From `iat` to `exp`, in whole seconds.
    package var lifetime = Duration.seconds(2 * 60 * 60)
    /// How long before its end a token gets its successor, in whole seconds; nil: never.
    package var renewBefore: Duration?
    /// The request header that carries the token, in lower case.
    package var header = "authorization"
    /// The first signs, all verify. At least one, each id once.
    package var signingKeys: [SigningKeyConfiguration] = []

    init() {}
}

/// One key that tokens are signed and verified with.
package struct SigningKeyConfiguration: Sendable, Equatable {
    /// The header parameter `kid`: letters, digits, `.`, `_`, `:` and `-`.
    package var id = ""
    /// The only algorithm that this key is used with.
    package var algorithm = SigningAlgorithm.hs256
    /// The key, at least 32 bytes.
    package var secret = Secret.unset

    init() {}
}

/// A JWS algorithm (RFC 7518, section 3.1).
package enum SigningAlgorithm: String, Sendable, CaseIterable {
    /// HMAC with SHA-256.
    case hs256 = "HS256"
}
