import Cryptography
package import Sessions

/// The bearer of a verified token. Immutable, so that requests and the verdict cache can share one.
package final class Identity: Sendable {
    /// The user id: `sub`, or the claim that a foreign issuer is configured with.
    package let userID: [UInt8]
    /// The configured app that the token is for; nil for a foreign issuer's token.
    package let appID: [UInt8]?
    /// Nil for a user of another login.
    package let openid: [UInt8]?
    /// Nil where it is not known.
    package let unionid: [UInt8]?
    /// Nil for another issuer's token, which has no session at this gateway.
    package let sessionID: [UInt8]?
    /// The facts known when the token was issued; empty for another issuer's token.
    package let facts: UserFacts
    /// Unix seconds; nil without the claim.
    package let issuedAt: Int64?
    /// Unix seconds; the token is good before it, not at it.
    package let expiresAt: Int64

    let notBefore: Int64?
    /// The length of the fields in `text`.
    let serviceFieldsCount: Int
    /// The fields that identify the bearer to a service (contract section 6), each ended by CRLF and ready to be
    /// written, followed by the token for comparisons of the verdict cache. One allocation for both. Of a large token it is
    /// the SHA-256 digest, so that no cache takes more memory than the tokens of most issuers would.
    let text: [UInt8]

    /// The largest token that is kept itself.
    static let largestKeptToken = 4096

    init(_ claims: AccessTokenClaims, token: Span<UInt8>) {
        userID = claims.subject
        appID = claims.appID
        openid = claims.openid
        unionid = claims.unionid
        sessionID = claims.sessionID
        facts = claims.facts
        issuedAt = claims.issuedAt
        expiresAt = claims.expiresAt
        notBefore = claims.notBefore
        (text, serviceFieldsCount) = Self.render(userID, appID, openid, unionid, token)
    }

    /// A user of another issuer.
    init(_ claims: ForeignTokenClaims, token: Span<UInt8>) {
        userID = claims.userID
        appID = nil
        openid = nil
        unionid = nil
        sessionID = nil
        facts = []
        issuedAt = claims.issuedAt
        expiresAt = claims.expiresAt
        notBefore = claims.notBefore
        (text, serviceFieldsCount) = Self.render(userID, nil, nil, nil, token)
    }

    /// Whether the identity was verified from these exact bytes. Not in constant time: a client that has them can ask
    /// for a verdict anyway.
    func isToken(_ token: Span<UInt8>) -> Bool {
        let text = text
        let all = text.span
        let kept = all.extracting(serviceFieldsCount..<all.count)
        guard token.count > Self.largestKeptToken else { return token.isEqual(to: kept) }
        guard let digest = try? Digest.sha256(token) else { return false }
        return digest.span.isEqual(to: kept)
    }

    private static func render(
        _ userID: [UInt8],
        _ appID: [UInt8]?,
        _ openid: [UInt8]?,
        _ unionid: [UInt8]?,
        _ token: Span<UInt8>
    ) -> (text: [UInt8], fieldsCount: Int) {
        let values = userID.count + (appID?.count ?? 0) + (openid?.count ?? 0) + (unionid?.count ?? 0)
        var text: [UInt8] = []
        text.reserveCapacity(constantCount + values + min(token.count, largestKeptToken))
        func append(_ constant: StaticString) {
            constant.withUTF8Buffer { text.append(contentsOf: $0) }
        }
        func append(_ name: StaticString, _ value: [UInt8]?) {
            guard let value else { return }
            append(name)
            text.append(contentsOf: value)
            append("\r\n")
        }
        append("x-user-id: ", userID)
        append("x-wx-appid: ", appID)
        append("x-wx-openid: ", openid)
        append("x-wx-unionid: ", unionid)
        append("x-wx-source: menshen\r\n")
        let fieldsCount = text.count
        if token.count <= largestKeptToken {
            token.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        } else if let digest = try? Digest.sha256(token) {
            // Without a digest the token is not found again, and is verified each time.
            digest.span.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        }
        return (text, fieldsCount)
    }

    /// The maximum length of the fields without their values.
    private static let constantCount = 96
}
