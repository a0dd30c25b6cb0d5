import Sessions
import WeChat

/// A login that is done and on disk.
struct CompletedLogin: Sendable {
    let key: UserKey
    let sessionID: String
    let user: StoredUser
    let token: MintedToken

    /// Asks the store whether the session is still there.
    func query(at time: Int64) -> SessionQuery {
        SessionQuery(sessionID: sessionID, user: key, time: time)
    }
}

/// How the exchange of a code ended.
struct ExchangeOutcome: Sendable {
    let result: Result<CompletedLogin, LoginFailure>
    /// What WeChat, or the way to it, did wrong.
    var wechat: WeChatFailure?
    /// Whether the code was sent and may be spent, whatever came of it.
    var codeWasSent: Bool
    /// When WeChat was asked; nil where it was not, by this gateway.
    var start: ContinuousClock.Instant?

    static func failure(_ failure: LoginFailure, codeWasSent: Bool) -> ExchangeOutcome {
        ExchangeOutcome(result: .failure(failure), codeWasSent: codeWasSent)
    }

    /// What the next one with the code is told; nil where it may still be good.
    var rememberedFailure: LoginFailure? {
        switch result {
        case .success: .codeUsed
        case .failure(let failure): LoginFailure(remembering: failure, codeWasSent: codeWasSent)
        }
    }
}
