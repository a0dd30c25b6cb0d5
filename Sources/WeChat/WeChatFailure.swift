package import APICalls

/// Why WeChat did not log a user in.
package struct WeChatFailure: Error, Equatable, Sendable {
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
        /// WeChat says that it is busy, or something this gateway does not know. The code may be spent.
        case busy
        /// What came is no answer of this API: another status than 200, no JSON, no openid.
        case unintelligible(status: Int)
        /// No answer came.
        case noAnswer(APICallError)
    }

    package let kind: Kind
    /// WeChat's number for the failure, where it gave one.
    package let errcode: Int64?
    /// WeChat's request id, by which its support finds the call for 7 days.
    package let rid: String?

    package init(_ kind: Kind, errcode: Int64? = nil, rid: String? = nil) {
        self.kind = kind
        self.errcode = errcode
        self.rid = rid
    }
}

extension WeChatFailure.Kind {
    /// Of an `errcode` other than 0 of `jscode2session`.
    init(errcode: Int64) {
        switch errcode {
        case 40029, 42003, 41008: self = .codeInvalid(mock: false)
        case 40163: self = .codeUsed
        case 40226, 50002: self = .userBlocked
        case 45011: self = .rateLimited
        case 45009: self = .quotaUsedUp
        case 40013, 40125, 40243, 41002, 41004: self = .misconfigured
        default: self = .busy
        }
    }
}
