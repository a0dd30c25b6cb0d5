import APICalls
import WeChat

extension LoginFailure {
    /// WeChat's refusal in the contract's terms.
    init(_ kind: WeChatFailure.Kind) {
        switch kind {
        case .codeInvalid(let mock): self = .codeInvalid(mock: mock)
        case .codeUsed: self = .codeUsed
        case .userBlocked: self = .userBlocked
        // WeChat counts by the minute.
        case .rateLimited: self = .throttled(retryAfter: 60)
        // WeChat counts by the day; a try every five minutes finds out when the operator got more.
        case .quotaUsedUp: self = .throttled(retryAfter: 300)
        case .misconfigured: self = .misconfigured
        // Another access token is fetched; a retry of the client gets it.
        case .busy, .accessTokenRefused: self = .wechatUnavailable(status: 503)
        case .noResponse(.overloaded), .noResponse(.waitedTooLong), .noResponse(.shutDown): self = .overloaded
        case .noResponse(.timeout): self = .wechatUnavailable(status: 504)
        case .unintelligible, .noResponse: self = .wechatUnavailable(status: 502)
        }
    }
}
