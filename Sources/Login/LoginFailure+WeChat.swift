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
        // Another one is fetched; whoever asks again meets it.
        case .busy, .accessTokenRefused: self = .wechatUnavailable(status: 503)
        case .noAnswer(.overloaded), .noAnswer(.waitedTooLong), .noAnswer(.shutDown): self = .overloaded
        case .noAnswer(.timeout): self = .wechatUnavailable(status: 504)
        case .unintelligible, .noAnswer: self = .wechatUnavailable(status: 502)
        }
    }
}
