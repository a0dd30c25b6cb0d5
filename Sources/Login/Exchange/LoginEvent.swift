import APICalls
import Sessions
package import WeChat

/// One exchange with WeChat, for one log line. Contains no code, secret, session_key, token or openid.
package struct LoginEvent: Sendable {
    /// The app of the exchange.
    package let appID: String
    /// nil: the user is logged in.
    package let failure: LoginFailure?
    /// What WeChat, or the way to it, did wrong.
    package let wechat: WeChatFailure?
    /// Where the user is logged in.
    package let userID: String?
    /// Requests that shared this exchange.
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

    /// Whether an operator must act: WeChat rejects the app's credentials, its certificate is not trusted, the daily
    /// quota is used up, or the store or the user resolver fails.
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
