import Sessions
import WeChat

/// A login that is done and on disk.
struct CompletedLogin: Sendable {
    let key: UserKey
    let sessionID: String
    let user: StoredUser
    let token: MintedToken

    /// The query for the session of this login.
    func query(at time: Int64) -> SessionQuery {
        SessionQuery(sessionID: sessionID, user: key, time: time)
    }
}

/// How the exchange of a code ended.
struct ExchangeOutcome: Sendable {
    let result: Result<CompletedLogin, LoginFailure>
    /// What WeChat, or the way to it, did wrong.
    var wechat: WeChatFailure?
    /// Whether the code was sent and may be spent, whatever the result.
    var codeWasSent: Bool
    /// When the call to WeChat started; nil if this gateway made none.
    var start: ContinuousClock.Instant?

    static func failure(_ failure: LoginFailure, codeWasSent: Bool) -> ExchangeOutcome {
        ExchangeOutcome(result: .failure(failure), codeWasSent: codeWasSent)
    }

    /// The failure of the next request with this code; nil if the code may still be valid.
    var rememberedFailure: LoginFailure? {
        switch result {
        case .success: .codeUsed
        case .failure(let failure): LoginFailure(remembering: failure, codeWasSent: codeWasSent)
        }
    }
}
