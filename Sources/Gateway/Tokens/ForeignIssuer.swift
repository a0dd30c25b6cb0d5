package import Configuration
import JSON

/// Another issuer whose tokens are accepted, verified with its own keys.
package struct ForeignIssuer: Sendable, Equatable {
    /// The `iss` of its tokens.
    package let issuer: String
    /// What their `aud` has to name.
    package let audience: String
    /// The name of the claim that holds the user id.
    package let userIDClaim: String

    /// - Parameter userIDClaim: the name of the claim that holds the user id.
    package init(issuer: String, audience: String, userIDClaim: String = "sub") {
        self.issuer = issuer
        self.audience = audience
        self.userIDClaim = userIDClaim
    }

    /// Takes the issuer of a configuration.
    package init(_ issuer: IssuerConfiguration) {
        self.init(issuer: issuer.issuer, audience: issuer.audience, userIDClaim: issuer.claims.userID)
    }
}

/// The checked claims of another issuer's token with a valid signature (RFC 7519 section 4.1).
///
/// The clocks of both parties differ: `exp`, `nbf` and `iat` have a leeway of 60 s. They may have parts of a second. Only the user id of the token is
/// used, since apps, sessions and openids are assigned by this gateway.
struct ForeignTokenClaims {
    /// Seconds that the issuer's clock may be ahead or behind.
    static let leeway: Int64 = 60

    let userID: [UInt8]
    /// Leeway included.
    let expiresAt: Int64
    /// The later of `nbf` and `iat`, leeway included; nil without either.
    let notBefore: Int64?
    let issuedAt: Int64?

    init(_ payload: JSONOutline, issuer: ForeignIssuer) throws(TokenFault) {
        var expiresAt: Int64?
        var notBefore: Int64?
        var issuedAt: Int64?
        var namesUs = false
        var userID: [UInt8]?
        for member in payload.members {
            let value = member.value
            let name = payload[member.name]
            if name.elementsEqual(issuer.userIDClaim.utf8) {
                guard case .string(let text) = value, FieldText.isValid(payload[text].span) else { throw .subject }
                userID = Array(payload[text])
            }
            switch name {
            case "iss":
                guard case .string(let text) = value, payload[text].elementsEqual(issuer.issuer.utf8) else {
                    throw .issuer
                }
            case "aud":
                try payload.eachAudience(value) { party in
                    if party.elementsEqual(issuer.audience.utf8) { namesUs = true }
                }
            case "exp": expiresAt = try NumericDate.read(value, of: payload, rounded: .down, else: .expiry)
            case "nbf": notBefore = try NumericDate.read(value, of: payload, rounded: .up, else: .notBefore)
            case "iat": issuedAt = try NumericDate.read(value, of: payload, rounded: .up, else: .issuedAt)
            default: break
            }
        }
        guard namesUs else { throw .audience }
        guard let expiresAt else { throw .expiry }
        guard let userID else { throw .subject }
        self.userID = userID
        self.expiresAt = expiresAt + Self.leeway
        self.issuedAt = issuedAt
        let earliest = [notBefore, issuedAt].compactMap { $0 }.max()
        self.notBefore = earliest.map { $0 - Self.leeway }
    }
}
