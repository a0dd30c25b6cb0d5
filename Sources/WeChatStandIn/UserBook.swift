/// The session_key of each user who logged in, by app: WeChat keeps one at a time. Bounded: the oldest users are
/// dropped.
struct UserBook: Sendable {
    private static let capacity = 100_000

    private struct User {
        var sessionKeys: [String: String] = [:]
        var latestApp: String
        var unionid: String?
    }

    private var users: [String: User] = [:]
    private var order: [String] = []
    private var firstKept = 0

    /// A login.
    mutating func note(openid: String, appID: String, sessionKey: String, unionid: String?) {
        if users[openid] == nil {
            order.append(openid)
            if users.count >= Self.capacity {
                users[order[firstKept]] = nil
                firstKept += 1
            }
            if firstKept > Self.capacity {
                order.removeFirst(firstKept)
                firstKept = 0
            }
        }
        var user = users[openid] ?? User(latestApp: appID)
        user.latestApp = appID
        user.unionid = unionid
        user.sessionKeys[appID] = sessionKey
        users[openid] = user
    }

    /// The app of the user's latest login.
    func latestApp(of openid: String) -> String? { users[openid]?.latestApp }

    /// As of the user's latest login.
    func unionid(of openid: String) -> String? { users[openid]?.unionid }

    func sessionKey(openid: String, appID: String) -> String? { users[openid]?.sessionKeys[appID] }
}
