import Login
import Sessions

extension SessionHolder {
    /// Nil for a token that is not of a session of this gateway's own.
    init?(_ identity: Identity, facts: UserFacts) {
        guard let appID = identity.appID, let sessionID = identity.sessionID else { return nil }
        let app = String(decoding: appID, as: UTF8.self)
        let userID = String(decoding: identity.userID, as: UTF8.self)
        self.init(
            user: identity.openid.map { UserKey(appID: app, openid: String(decoding: $0, as: UTF8.self)) }
                ?? UserKey(appID: app, foreignUserID: userID),
            userID: userID,
            unionid: identity.unionid.map { String(decoding: $0, as: UTF8.self) },
            sessionID: String(decoding: sessionID, as: UTF8.self),
            facts: facts,
            tokenExpiry: identity.expiresAt
        )
    }
}
