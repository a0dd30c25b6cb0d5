import APICalls
import WeChat

/// The labels of failures in the operators' log, like `LoginFailure.label`: stable, for searching and counting.
extension WeChatFailure.Kind {
    var label: String {
        switch self {
        case .codeInvalid: "code_invalid"
        case .codeUsed: "code_used"
        case .userBlocked: "user_blocked"
        case .rateLimited: "rate_limited"
        case .quotaUsedUp: "quota_used_up"
        case .misconfigured: "credentials_refused"
        case .accessTokenRefused: "access_token_refused"
        case .busy: "busy"
        case .unintelligible(let status): "unintelligible_answer_\(status)"
        case .noResponse(let error): "no_answer_\(error.label)"
        }
    }
}

extension APICallError {
    fileprivate var label: String {
        switch self {
        case .resolve: "name_not_found"
        case .connect: "connect_failed"
        case .tls: "tls_failed"
        case .timeout: "time_out"
        case .waitedTooLong: "waited_too_long"
        case .reset: "reset"
        case .tooLarge: "too_large"
        case .overloaded: "overloaded"
        case .shutDown: "stopping"
        case .resent: "second_send_stopped"
        case .invalidRequest: "invalid_request"
        case .other(let code): "curl_\(code)"
        }
    }
}
