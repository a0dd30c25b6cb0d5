package import Cryptography
import JSON

/// What a new token is to say; `iss`, `iat`, `exp`, `jti` and `client_id` are the signer's.
package struct TokenClaims: Sendable {
    /// `sub`: the user id.
    package var subject: String
    /// `aud` and `client_id`: the appId.
    package var appID: String
    package var openid: String
    /// `uid`, left out where it is not known.
    package var unionid: String?
    package var sessionID: String
    /// 1 logged in, 2 profile known, 3 phone known.
    package var step: Int
    /// How long the token lives; nil for the rules' lifetime.
    package var lifetimeSeconds: Int64?

    package init(
        subject: String,
        appID: String,
        openid: String,
        unionid: String? = nil,
        sessionID: String,
        step: Int = 1,
        lifetimeSeconds: Int64? = nil
    ) {
        self.subject = subject
        self.appID = appID
        self.openid = openid
        self.unionid = unionid
        self.sessionID = sessionID
        self.step = step
        self.lifetimeSeconds = lifetimeSeconds
    }
}

/// Why a token was not made.
package enum TokenSigningError: Error, Equatable, Sendable {
    /// A claim, by its name in the token, that no verifier would take.
    case claim(String)
    case cryptography(CryptographyError)
}

/// Makes tokens with the first signing key (contract section 5). Off the hot path: each token keys a MAC of its own, so
/// one signer serves all threads.
package struct TokenSigner: Sendable {
    /// The `expiresIn` of tokens that ask for no lifetime of their own.
    package let lifetimeSeconds: Int64
    private let issuer: String
    private let secret: [UInt8]
    /// The header with its dot, the same for every token.
    private let prefix: [UInt8]

    /// Nil where the rules have no key, which `TokenRules` does not allow.
    package init?(rules: TokenRules) {
        guard let key = rules.keys.first else { return nil }
        lifetimeSeconds = rules.lifetimeSeconds
        issuer = rules.issuer
        secret = key.secret
        var header = JSONWriter()
        header.beginObject()
        header.member("alg", key.algorithm.rawValue)
        header.member("kid", key.id)
        header.member("typ", "at+jwt")
        header.endObject()
        var prefix = Base64URL.encode(header.bytes.span)
        prefix.append(UInt8(ascii: "."))
        self.prefix = prefix
    }

    /// A token issued at `now` (unix seconds). It expires at `now` and the lifetime, which may lie in the past.
    package func sign(_ claims: TokenClaims, now: Int64) throws(TokenSigningError) -> String {
        let payload = try payload(claims, now: now)
        var token = prefix
        Base64URL.encode(payload.span, appendingTo: &token)
        do throws(CryptographyError) {
            let code = try HMACSHA256.code(of: token.span, key: secret.span)
            token.append(UInt8(ascii: "."))
            Base64URL.encode(code.span, appendingTo: &token)
        } catch {
            throw .cryptography(error)
        }
        return String(decoding: token, as: UTF8.self)
    }

    private func payload(_ claims: TokenClaims, now: Int64) throws(TokenSigningError) -> [UInt8] {
        let (expiresAt, overflow) = now.addingReportingOverflow(claims.lifetimeSeconds ?? lifetimeSeconds)
        guard !overflow, expiresAt >= 0, expiresAt <= NumericDate.latest else { throw .claim("exp") }
        guard now >= 0, now <= NumericDate.latest else { throw .claim("iat") }
        guard (1...3).contains(claims.step) else { throw .claim("step") }
        var texts = [
            ("sub", claims.subject), ("aud", claims.appID), ("client_id", claims.appID), ("sid", claims.sessionID),
            ("oid", claims.openid), ("jti", try Self.tokenID()),
        ]
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
        writer.member("step", claims.step)
        writer.endObject()
        return writer.bytes
    }

    /// 128 random bits: no two tokens share one (RFC 7519 section 4.1.7).
    private static func tokenID() throws(TokenSigningError) -> String {
        let random: [UInt8]
        do throws(CryptographyError) { random = try SecureRandom.bytes(16) } catch { throw .cryptography(error) }
        return String(decoding: Base64URL.encode(random.span), as: UTF8.self)
    }
}
