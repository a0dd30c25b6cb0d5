package import Sessions

extension LoginFailure {
    /// What logs and counters call it: words that stay, to search and to count by.
    package var label: String {
        switch self {
        case .codeInvalid(mock: false): "code_invalid"
        case .codeInvalid(mock: true): "code_mock"
        case .codeUsed: "code_used"
        case .userBlocked: "user_blocked"
        case .throttled: "throttled"
        case .misconfigured: "misconfigured"
        case .wechatUnavailable: "wechat_unavailable"
        case .storeUnavailable: "store_unavailable"
        case .overloaded: "overloaded"
        case .sessionUnknown: "session_unknown"
        case .internalFault: "internal"
        case .openDataRefused: "open_data_refused"
        case .resolverFailed: "resolver_failed"
        }
    }

    /// The login failure for a failure of the store.
    package init(_ error: SessionStoreError) {
        switch error {
        case .overloaded, .stopped: self = .overloaded
        case .database, .unreachable, .sealing: self = .storeUnavailable
        }
    }
}

extension LoginFailure.ResolverFault {
    /// What logs call it.
    package var label: String {
        switch self {
        case .connect: "connect_failed"
        case .timeout: "time_out"
        case .protocolViolation: "unintelligible_answer"
        case .status(let status): "status_\(status)"
        }
    }
}
