package import APICalls

/// Why a call to WeChat failed.
package struct WeChatFailure: Error, Equatable, Sendable {
    /// The class of the failure, which decides the reply to the client.
    package enum Kind: Equatable, Sendable {
        /// The code is wrong, expired or of another app; `mock`: the developer tools' placeholder.
        case codeInvalid(mock: Bool)
        /// The code was spent already.
        case codeUsed
        /// WeChat blocks or limits the user.
        case userBlocked
        /// Too many calls within a minute, of one user by some reports.
        case rateLimited
        /// The app's calls of the day (Beijing time) are used up.
        case quotaUsedUp
        /// WeChat does not take the app's id or secret: an operator's matter.
        case misconfigured
        /// The access token that came with the call is not, or no longer, good.
        case accessTokenRefused
        /// WeChat is busy, or returned an unknown error. The code may be spent.
        case busy
        /// The response is not one of this API: another status than 200, no JSON, no openid.
        case unintelligible(status: Int)
        /// There was no response.
        case noResponse(APICallError)
    }

    /// The class of the failure.
    package let kind: Kind
    /// WeChat's number for the failure, where it gave one.
    package let errcode: Int64?
    /// WeChat's request id, by which its support finds the call for 7 days.
    package let rid: String?

    /// - Parameters:
    ///   - errcode: the `errcode` of WeChat, where there is one.
    ///   - rid: the request id of WeChat, where there is one.
    package init(_ kind: Kind, errcode: Int64? = nil, rid: String? = nil) {
        self.kind = kind
        self.errcode = errcode
        self.rid = rid
    }
}

extension WeChatFailure {
    /// The meaning of an `errcode` depends on the call.
    enum Call {
        /// `jscode2session`.
        case codeToSession
        /// `stable_token`.
        case stableToken
        /// A call in the app's name.
        case withAccessToken
    }
}

extension WeChatFailure.Kind {
    /// Of an `errcode` other than 0.
    init(errcode: Int64, of call: WeChatFailure.Call) {
        switch (errcode, call) {
        case (45011, _): self = .rateLimited
        case (45009, _): self = .quotaUsedUp
        case (40029, .codeToSession), (42003, .codeToSession), (41008, .codeToSession):
            self = .codeInvalid(mock: false)
        // The access token determines the app, so 40013 means that the code belongs to another app (official).
        case (40029, .withAccessToken), (42003, .withAccessToken), (41008, .withAccessToken), (40013, .withAccessToken):
            self = .codeInvalid(mock: false)
        case (40163, .codeToSession), (40163, .withAccessToken): self = .codeUsed
        case (40226, .codeToSession), (50002, .codeToSession): self = .userBlocked
        case (40226, .withAccessToken), (50002, .withAccessToken): self = .userBlocked
        case (40001, .withAccessToken), (40014, .withAccessToken), (41001, .withAccessToken), (42001, .withAccessToken):
            self = .accessTokenRefused
        case (40013, _), (40125, _), (40243, _), (41002, _), (41004, _): self = .misconfigured
        // The secret is wrong; the address is not on the app's list, or waits for its owner's consent.
        case (40001, .stableToken), (40164, .stableToken), (89501, .stableToken), (89503, .stableToken),
            (89506, .stableToken), (89507, .stableToken):
            self = .misconfigured
        // The app has not the right to call this.
        case (48001, .withAccessToken): self = .misconfigured
        default: self = .busy
        }
    }
}
