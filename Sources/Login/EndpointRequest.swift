import Cryptography
package import Sessions

/// The endpoints of the contract, section 4.
package enum Endpoint: Sendable, Equatable, CaseIterable {
    case login, session, updateUser, updatePhone, unbindPhone, eraseUser, logout

    /// Whether only the holder of a valid token may ask.
    package var needsToken: Bool { self != .login }
}

/// The holder of a verified token of this gateway's own.
package struct SessionHolder: Sendable {
    /// The user as WeChat names them.
    package let user: UserKey
    /// The user id (`sub`).
    package let userID: String
    /// The unionid; nil where it is not known.
    package let unionid: String?
    /// The session (`sid`).
    package let sessionID: String
    /// The claims of the token, corrected by later changes.
    package let facts: UserFacts
    /// The token's, in seconds since 1970.
    package let tokenExpiry: Int64

    /// Takes the claims of a verified token.
    package init(
        user: UserKey,
        userID: String,
        unionid: String?,
        sessionID: String,
        facts: UserFacts,
        tokenExpiry: Int64
    ) {
        self.user = user
        self.userID = userID
        self.unionid = unionid
        self.sessionID = sessionID
        self.facts = facts
        self.tokenExpiry = tokenExpiry
    }
}

/// One call of an endpoint. Nothing prints the body.
package struct EndpointRequest: Sendable, Redacted {
    /// The endpoint that is called.
    package let endpoint: Endpoint
    /// The body as sent; empty without one.
    package let body: [UInt8]
    /// The value of `x-wx-appid`, for requests without a token; nil if there is none.
    package let appID: String?
    /// The client's, behind the trusted proxies.
    package let clientAddress: [UInt8]
    /// Where `needsToken`.
    package let holder: SessionHolder?

    /// - Parameters:
    ///   - appID: the value of `x-wx-appid`.
    ///   - clientAddress: the client behind the trusted proxies.
    ///   - holder: the holder of the token, where there is one.
    package init(
        endpoint: Endpoint,
        body: [UInt8],
        appID: String?,
        clientAddress: [UInt8],
        holder: SessionHolder?
    ) {
        self.endpoint = endpoint
        self.body = body
        self.appID = appID
        self.clientAddress = clientAddress
        self.holder = holder
    }

    /// The endpoint.
    package var visibleMembers: KeyValuePairs<String, Any> { ["endpoint": endpoint] }
}

/// The reply of an endpoint.
package struct EndpointReply: Sendable {
    /// The result of the call.
    package enum Outcome: Sendable, Equatable {
        /// `data` of the envelope, a JSON object.
        case success(data: [UInt8])
        case failure(LoginFailure)
        /// 24400 BAD_REQUEST, with a hint for the client's developer. Quotes nothing of the body.
        case badRequest(String)
    }

    /// The result of the call.
    package let outcome: Outcome
    /// For the access log, where known.
    package var userID: String?
    /// Whether `data` contains a token.
    package var carriesToken = false

    /// - Parameters:
    ///   - userID: for the access log.
    ///   - carriesToken: whether `data` contains a token.
    package init(_ outcome: Outcome, userID: String? = nil, carriesToken: Bool = false) {
        self.outcome = outcome
        self.userID = userID
        self.carriesToken = carriesToken
    }
}

/// A request on the operators' port. Nothing prints the body.
package struct AdminRequest: Sendable, Redacted {
    /// The calls of the admin port that reach the login endpoints.
    package enum Call: Sendable, Equatable {
        /// `DELETE /sessions/{sessionId}`
        case endSession(String)
        /// `DELETE /users/{userId}/sessions`
        case endSessions(userID: String)
        /// `PUT /users/{userId}/block`
        case block(userID: String)
        /// `DELETE /users/{userId}/block`
        case unblock(userID: String)
        /// `POST /tokens` with `{"appId"?, "userId"?, "openid"?, "unionid"?}`: a token for a user of another login
        case mintToken
        /// `GET /wechat/access-token?appId=`
        case accessToken(appID: String?)
        /// `DELETE /wechat/fuses/{appId}`
        case resetFuse(appID: String)
        /// `GET /counters`
        case counters
    }

    /// The call.
    package let call: Call
    /// The body as sent; empty without one.
    package let body: [UInt8]

    /// - Parameter body: as sent.
    package init(_ call: Call, body: [UInt8] = []) {
        self.call = call
        self.body = body
    }
}
