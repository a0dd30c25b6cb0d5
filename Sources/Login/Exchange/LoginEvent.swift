import APICalls
import Sessions
package import WeChat

/// What an operator should know of one exchange with WeChat: one log line. It holds no code, secret, session_key, token
/// or openid.
package struct LoginEvent: Sendable {
    /// The app of the exchange.
    package let appID: String
    /// nil: the user is logged in.
    package let failure: LoginFailure?
    /// What WeChat, or the way to it, did wrong.
    package let wechat: WeChatFailure?
    /// Where the user is logged in.
    package let userID: String?
    /// Requests with this code that the exchange answered.
    package let requests: Int
    /// From the start of the exchange to its result.
    package let duration: Duration

    init(_ end: ExchangeOutcome, appID: String, requests: Int, duration: Duration) {
        self.appID = appID
        self.requests = requests
        self.duration = duration
        wechat = end.wechat
        switch end.result {
        case .success(let login): (failure, userID) = (nil, login.user.userID)
        case .failure(let failure): (self.failure, userID) = (failure, nil)
        }
    }

    /// Whether somebody has to act: WeChat does not take the app's credentials, its certificate is not to be trusted,
    /// the day's quota is used up, or the store or the service that knows the users does not work.
    package var needsOperator: Bool {
        switch (failure, wechat?.kind) {
        case (.misconfigured, _), (.storeUnavailable, _), (.internalFault, _), (.resolverFailed, _), (_, .quotaUsedUp),
            (_, .noResponse(.tls)):
            true
        default:
            false
        }
    }
}
