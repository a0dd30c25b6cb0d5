/// A user of an app, as WeChat names them. Users are keyed so, never by unionid, which may come later.
package struct UserKey: Sendable, Hashable {
    package let appID: String
    package let openid: String

    package init(appID: String, openid: String) {
        self.appID = appID
        self.openid = openid
    }
}

/// A login to be recorded. Nothing prints `sessionKey`.
package struct UserLogin: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let user: UserKey
    package let userID: String
    /// nil keeps the one that is known.
    package let unionid: String?
    /// WeChat's key of the user's open data. The newest login's is the one that WeChat takes.
    let sessionKey: String
    package let sessionID: String
    /// Both in seconds since 1970.
    package let time: Int64
    package let sessionExpiry: Int64

    package init(
        user: UserKey,
        userID: String,
        unionid: String?,
        sessionKey: String,
        sessionID: String,
        time: Int64,
        sessionExpiry: Int64
    ) {
        self.user = user
        self.userID = userID
        self.unionid = unionid
        self.sessionKey = sessionKey
        self.sessionID = sessionID
        self.time = time
        self.sessionExpiry = sessionExpiry
    }

    package var description: String { "UserLogin of \(userID)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["userID": userID]) }
}

/// What the store knows of a user.
package struct StoredUser: Sendable, Equatable {
    package let userID: String
    package let unionid: String?

    package init(userID: String, unionid: String?) {
        self.userID = userID
        self.unionid = unionid
    }
}

/// Why the store did not do what was asked. Nothing was recorded.
package enum SessionStoreError: Error, Equatable, Sendable {
    /// As many requests as may wait are waiting.
    case overloaded
    /// The store was stopped.
    case stopped
    /// The database refused; SQLite's extended result code.
    case database(code: Int32)
    /// The session_key could not be encrypted.
    case sealing
}

/// Users and their sessions. Completions run exactly once, on a thread of the store's (on the caller's, where the
/// request is refused at once), and must not block.
package protocol SessionStore: Sendable {
    /// Records a login: the user is made or brought up to date, and the session begins. It is on disk when
    /// `completion` gets the user.
    func record(
        _ login: UserLogin,
        completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void
    )

    /// The user of a session, or nil where there is no such session of that user or it expired by `time`.
    func user(
        ofSession sessionID: String,
        of user: UserKey,
        at time: Int64,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    )

    /// Whether the last request that reached the database failed there.
    var isDegraded: Bool { get }

    /// Does what was asked so far, then refuses. Returns when that is done.
    func stop()
}
