import Cryptography

/// A login to be recorded. Nothing prints `sessionKey`.
package struct UserLogin: Sendable, Redacted {
    /// The user as WeChat names them.
    package let user: UserKey
    /// The id for a user without a recorded one.
    package let userID: String
    /// Whether a user without an id gets the id of another user with the same unionid.
    package let linksByUnionid: Bool
    /// Whether `userID` comes from the authoritative source and replaces the recorded one.
    package let isAuthoritative: Bool
    /// nil keeps the one that is known.
    package let unionid: String?
    /// WeChat's key of the user's open data. The newest login's is the one that WeChat takes. Nil where the user logged
    /// in elsewhere: the one known stays.
    let sessionKey: String?
    /// The session id.
    package let sessionID: String
    /// Both in seconds since 1970.
    package let time: Int64
    /// When the session ends, in seconds since 1970.
    package let sessionExpiry: Int64

    /// - Parameters:
    ///   - time: of the login, in seconds since 1970.
    ///   - sessionExpiry: the end of the session, in seconds since 1970.
    package init(
        user: UserKey,
        userID: String,
        linksByUnionid: Bool = false,
        isAuthoritative: Bool = false,
        unionid: String?,
        sessionKey: String?,
        sessionID: String,
        time: Int64,
        sessionExpiry: Int64
    ) {
        self.user = user
        self.userID = userID
        self.linksByUnionid = linksByUnionid
        self.isAuthoritative = isAuthoritative
        self.unionid = unionid
        self.sessionKey = sessionKey
        self.sessionID = sessionID
        self.time = time
        self.sessionExpiry = sessionExpiry
    }

    /// The user's id.
    package var visibleMembers: KeyValuePairs<String, Any> { ["userID": userID] }
}

/// A session at a point in time.
package struct SessionQuery: Sendable {
    /// The session id.
    package let sessionID: String
    /// The user as WeChat names them.
    package let user: UserKey
    /// Seconds since 1970; an expired session is none.
    package let time: Int64

    /// - Parameter time: seconds since 1970.
    package init(sessionID: String, user: UserKey, time: Int64) {
        self.sessionID = sessionID
        self.user = user
        self.time = time
    }
}

/// An update of a user. Nothing prints the phone number.
package struct UserUpdate: Sendable, Redacted {
    /// The change of the phone number.
    package enum Phone: Sendable {
        case keep
        case forget
        /// With its country code.
        case set(String)
    }

    /// Members that are nil keep the recorded values.
    package let profile: UserProfile
    /// The change of the phone number.
    package let phone: Phone
    /// Recorded only where none is known: it is the client's word, and a login's is WeChat's.
    package let unionid: String?
    /// The time from which no token issued before the update is valid, in seconds since 1970.
    package let tokensEnd: Int64

    /// - Parameter tokensEnd: seconds since 1970.
    package init(
        profile: UserProfile = UserProfile(),
        phone: Phone = .keep,
        unionid: String? = nil,
        tokensEnd: Int64
    ) {
        self.profile = profile
        self.phone = phone
        self.unionid = unionid
        self.tokensEnd = tokensEnd
    }
}

/// Which sessions end.
package struct SessionEnding: Sendable {
    /// The sessions that end.
    package enum Scope: Sendable {
        /// One session; `byUser`: by their own logout.
        case session(String, byUser: Bool)
        /// All sessions of a user, in all apps.
        case user(userID: String)
        /// All sessions of a user in all apps, and all data about the user except the block. Requested by the user.
        case erase(userID: String)
    }

    /// The sessions that end.
    package let scope: Scope
    /// When they end, in seconds since 1970.
    package let time: Int64
    /// The time from which no token of these sessions is valid, in seconds since 1970.
    package let tokensEnd: Int64

    /// - Parameters:
    ///   - time: seconds since 1970.
    ///   - tokensEnd: seconds since 1970.
    package init(_ scope: Scope, time: Int64, tokensEnd: Int64) {
        self.scope = scope
        self.time = time
        self.tokensEnd = tokensEnd
    }
}

/// A token that could take the place of a session's older ones. Nothing prints it.
package struct TokenRenewal: Sendable, Redacted {
    /// The session.
    package let query: SessionQuery
    /// The token itself. Never logged.
    package let token: String
    /// Seconds since 1970.
    package let tokenExpiry: Int64
    /// A successor recorded before counts where it expires after this, in seconds since 1970.
    package let mustOutlive: Int64

    /// - Parameters:
    ///   - tokenExpiry: seconds since 1970.
    ///   - mustOutlive: seconds since 1970.
    package init(query: SessionQuery, token: String, tokenExpiry: Int64, mustOutlive: Int64) {
        self.query = query
        self.token = token
        self.tokenExpiry = tokenExpiry
        self.mustOutlive = mustOutlive
    }
}

/// The token for all requests within one window. Nothing prints it.
package struct RenewedToken: Sendable, Equatable, Redacted {
    /// The token itself. Never logged.
    package let token: String
    /// Seconds since 1970.
    package let expiresAt: Int64

    /// - Parameter expiresAt: seconds since 1970.
    package init(token: String, expiresAt: Int64) {
        self.token = token
        self.expiresAt = expiresAt
    }
}
