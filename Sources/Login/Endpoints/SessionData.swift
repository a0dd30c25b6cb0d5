import JSON
import Sessions

/// `data` of the login and session endpoints. Times are numbers of seconds (`expiresAt` since 1970); unknown values are
/// null.
enum SessionData {
    static let empty = Array("{}".utf8)

    /// A user with a new token.
    static func of(_ user: StoredUser, _ token: MintedToken) -> [UInt8] {
        var json = JSONWriter(reserving: 1024)
        json.beginObject()
        json.member("token", token.token)
        json.member("tokenType", "Bearer")
        write(user, expiresIn: token.expiresIn, expiresAt: token.expiresAt, &json)
        json.endObject()
        return json.bytes
    }

    /// `data` without a token.
    static func of(_ user: StoredUser, tokenExpiry: Int64, now: Int64) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        write(user, expiresIn: max(0, tokenExpiry - now), expiresAt: tokenExpiry, &json)
        json.endObject()
        return json.bytes
    }

    private static func write(_ user: StoredUser, expiresIn: Int64, expiresAt: Int64, _ json: inout JSONWriter) {
        json.member("expiresIn", expiresIn)
        json.member("expiresAt", expiresAt)
        json.member("authStep", user.facts.authStep)
        json.name("userInfo")
        json.beginObject()
        json.member("userId", user.userID)
        let known = [
            ("nickname", user.profile.nickname), ("avatarUrl", user.profile.avatarURL),
            ("phone", user.phone.map(PhoneNumber.masked)),
        ]
        for (name, value) in known {
            json.name(name)
            if let value { json.string(value) } else { json.null() }
        }
        json.member("hasUnionId", user.unionid != nil)
        json.endObject()
    }
}
