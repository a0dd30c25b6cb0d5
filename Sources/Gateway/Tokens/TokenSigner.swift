package import Cryptography
import JSON
package import Sessions

/// The claims of a new token; the signer adds `iss`, `iat`, `exp`, `jti` and `client_id`.
package struct TokenClaims: Sendable {
    /// `sub`: the user id.
    package var subject: String
    /// `aud` and `client_id`: the appId.
    package var appID: String
    /// `oid`, omitted for a user of another login.
    package var openid: String?
    /// `uid`, omitted if unknown.
    package var unionid: String?
    /// The session (`sid`).
    package var sessionID: String
    /// The known facts: `step`, and `phone` for a phone number without a profile.
    package var facts: UserFacts
    /// How long the token lives; nil for the rules' lifetime.
    package var lifetimeSeconds: Int64?

    /// - Parameter lifetimeSeconds: nil: the configured lifetime.
    package init(
        subject: String,
        appID: String,
        openid: String? = nil,
        unionid: String? = nil,
        sessionID: String,
        facts: UserFacts = [],
        lifetimeSeconds: Int64? = nil
    ) {
        self.subject = subject
        self.appID = appID
        self.openid = openid
        self.unionid = unionid
        self.sessionID = sessionID
        self.facts = facts
        self.lifetimeSeconds = lifetimeSeconds
    }
}

/// Why a token was not made.
package enum TokenSigningError: Error, Equatable, Sendable {
    /// A claim, by its name in the token, that no verifier would take.
    case claim(String)
    case cryptography(CryptographyError)
}

/// Makes tokens with the first signing key (contract section 5). Not on the hot path: each token sets up its own MAC or
/// signature, so one signer serves all threads.
package struct TokenSigner: Sendable {
    /// The `expiresIn` of tokens without an explicit lifetime.
    package let lifetimeSeconds: Int64
    private let issuer: String
    private let signer: CompactSigner

    /// Nil where the rules have no key that can sign, which `TokenRules` does not allow.
    package init?(rules: TokenRules) {
        guard let key = rules.keys.first, let signer = CompactSigner(key: key, type: "at+jwt") else { return nil }
        lifetimeSeconds = rules.lifetimeSeconds
        issuer = rules.issuer
        self.signer = signer
    }

    /// A token issued at `now` (unix seconds). It expires at `now` and the lifetime, which may lie in the past.
    package func sign(_ claims: TokenClaims, now: Int64) throws(TokenSigningError) -> String {
        let payload = try payload(claims, now: now)
        do throws(CryptographyError) {
            return String(decoding: try signer.sign(payload), as: UTF8.self)
        } catch {
            throw .cryptography(error)
        }
    }

    private func payload(_ claims: TokenClaims, now: Int64) throws(TokenSigningError) -> [UInt8] {
        let (expiresAt, overflow) = now.addingReportingOverflow(claims.lifetimeSeconds ?? lifetimeSeconds)
        guard !overflow, expiresAt >= 0, expiresAt <= NumericDate.latest else { throw .claim("exp") }
        guard now >= 0, now <= NumericDate.latest else { throw .claim("iat") }
        var texts = [
            ("sub", claims.subject), ("aud", claims.appID), ("client_id", claims.appID), ("sid", claims.sessionID),
            ("jti", try Self.tokenID()),
        ]
        if let openid = claims.openid { texts.append(("oid", openid)) }
        if let unionid = claims.unionid { texts.append(("uid", unionid)) }
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.member("iss", issuer)
        for (name, value) in texts {
            guard FieldText.isValid(value.utf8) else { throw .claim(name) }
            writer.member(name, value)
        }
        writer.member("iat", now)
        writer.member("exp", expiresAt)
        let step = claims.facts.authStep
        writer.member("step", step)
        if step < 3, claims.facts.contains(.phone) { writer.member("phone", true) }
        writer.endObject()
        return writer.bytes
    }

    private static func tokenID() throws(TokenSigningError) -> String {
        do throws(CryptographyError) { return try CompactSigner.tokenID() } catch { throw .cryptography(error) }
    }
}
