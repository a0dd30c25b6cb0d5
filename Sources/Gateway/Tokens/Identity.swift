package import NIOCore
package import Sessions

/// What a verified token says of its bearer. Immutable, so that requests and the verdict cache can share one.
package final class Identity: Sendable {
    /// `sub`: the user id.
    package let userID: [UInt8]
    /// The configured app that the token is for.
    package let appID: [UInt8]?
    package let openid: [UInt8]?
    /// Nil where it is not known.
    package let unionid: [UInt8]?
    package let sessionID: [UInt8]?
    /// What was known of the user when the token was issued.
    package let facts: UserFacts
    /// Unix seconds; the token is good before it, not at it.
    package let expiresAt: Int64
    /// The fields that tell a service who asks (contract section 6), each ended by CRLF, to be written as they are.
    package let serviceFields: ByteBuffer

    let notBefore: Int64?
    /// The token itself, for the verdict cache to compare.
    let token: [UInt8]

    init(_ claims: AccessTokenClaims, token: Span<UInt8>) {
        userID = claims.subject
        appID = claims.appID
        openid = claims.openid
        unionid = claims.unionid
        sessionID = claims.sessionID
        facts = claims.step == 3 ? [.profile, .phone] : claims.step == 2 ? .profile : []
        expiresAt = claims.expiresAt
        notBefore = claims.notBefore
        self.token = token.withUnsafeBufferPointer { Array($0) }
        serviceFields = Self.render(claims)
    }

    private static func render(_ claims: AccessTokenClaims) -> ByteBuffer {
        let texts = claims.subject.count + claims.appID.count + claims.openid.count + (claims.unionid?.count ?? 0)
        var fields = ByteBufferAllocator().buffer(capacity: texts + 96)
        func write(_ name: StaticString, _ value: [UInt8]) {
            fields.writeStaticString(name)
            fields.writeBytes(value)
            fields.writeStaticString("\r\n")
        }
        write("x-user-id: ", claims.subject)
        write("x-wx-appid: ", claims.appID)
        write("x-wx-openid: ", claims.openid)
        if let unionid = claims.unionid { write("x-wx-unionid: ", unionid) }
        fields.writeStaticString("x-wx-source: menshen\r\n")
        return fields
    }
}
