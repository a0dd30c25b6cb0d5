import Cryptography
package import Sessions

/// The subject of a token.
package struct TokenSubject: Equatable, Sendable {
    /// The user id (`sub`).
    package let userID: String
    /// The app (`aud`).
    package let appID: String
    /// Nil for a user of another login.
    package let openid: String?
    /// The unionid; nil where it is not known.
    package let unionid: String?
    /// The session (`sid`).
    package let sessionID: String
    /// The known facts about the user.
    package let facts: UserFacts
}

/// A new token. Nothing prints it.
package struct MintedToken: Sendable, Redacted {
    /// The token itself. Never logged.
    package let token: String
    /// Seconds.
    package let expiresIn: Int64
    /// Seconds since 1970.
    package let expiresAt: Int64

    /// - Parameters:
    ///   - expiresIn: seconds from now.
    ///   - expiresAt: seconds since 1970.
    package init(token: String, expiresIn: Int64, expiresAt: Int64) {
        self.token = token
        self.expiresIn = expiresIn
        self.expiresAt = expiresAt
    }
}

/// Makes tokens, on any thread.
package protocol TokenMinting: Sendable {
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - until: the token expires then at the latest: with its session, whose end would miss it otherwise. Seconds
    ///     since 1970; nil: the configured lifetime is all that ends it.
    func mint(_ subject: TokenSubject, now: Int64, until: Int64?) throws -> MintedToken
}
