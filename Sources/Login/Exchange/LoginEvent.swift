import APICalls
package import WeChat

/// What an operator should know of one exchange with WeChat: one log line. It holds no code, secret, session_key, token
/// or openid.
package struct LoginEvent: Sendable {
    package let appID: String
    /// nil: the user is logged in.
    package internal(set) var failure: LoginFailure?
    /// What WeChat, or the way to it, did wrong.
    package let wechat: WeChatFailure?
    /// Where the user is logged in.
    package internal(set) var userID: String?
    /// Requests with this code that the exchange answered.
    package let requests: Int
    package let duration: Duration

    /// Whether somebody has to act: WeChat does not take the app's credentials, its certificate is not to be trusted,
    /// the day's quota is used up, or the store does not work.
    package var needsOperator: Bool {
        switch (failure, wechat?.kind) {
        case (.misconfigured, _), (.storeUnavailable, _), (.internalFault, _), (_, .quotaUsedUp), (_, .noAnswer(.tls)):
            true
        default:
            false
        }
    }
}
