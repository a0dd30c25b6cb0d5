import Cryptography

/// A Mini Program that logs in through this gateway. Nothing prints its secret.
package struct WeChatApp: Sendable, Redacted {
    /// The app id.
    package let appID: String
    let secret: String
    /// Without slashes at its end.
    let baseURL: String?

    /// - Parameter baseURL: where this app's calls go instead of the client's own: scheme and authority, a path at most.
    package init(appID: String, secret: String, baseURL: String? = nil) {
        self.appID = appID
        self.secret = secret
        self.baseURL = baseURL.map(WeChatApp.withoutSlashes)
    }

    /// Paths are appended to it.
    static func withoutSlashes(_ baseURL: String) -> String {
        var baseURL = baseURL
        while baseURL.hasSuffix("/") { baseURL.removeLast() }
        return baseURL
    }

    /// The app's id.
    package var visibleMembers: KeyValuePairs<String, Any> { ["appID": appID] }
}

/// WeChat's data about a user who logs in. Nothing prints `sessionKey`.
package struct WeChatSession: Sendable, Redacted {
    /// The user within the app: 1 to 128 visible ASCII characters, fit for a header.
    package let openid: String
    /// The user across the apps of one owner, if WeChat returns it; in the format of `openid`.
    package let unionid: String?
    /// The key of the user's open data. It never leaves the gateway.
    package let sessionKey: String

    /// - Parameter unionid: nil where WeChat does not give one.
    package init(openid: String, unionid: String?, sessionKey: String) {
        self.openid = openid
        self.unionid = unionid
        self.sessionKey = sessionKey
    }

    /// The user's names at WeChat.
    package var visibleMembers: KeyValuePairs<String, Any> { ["openid": openid, "unionid": unionid as Any] }
}
