import Cryptography
import NIOConcurrencyHelpers
import Sessions
import WeChat

/// Logs users in: exchanges the code, records the session, mints the token. A code works once, so concurrent requests
/// with the same code share one exchange, across all gateways of a store. ``CodeMemory`` and ``SharedCodes`` handle
/// later requests.
final class LoginService: Sendable {
    typealias Completion = @Sendable (Result<CompletedLogin, LoginFailure>) -> Void

    /// The maximum number of requests with one code; the request queue of clients holds as many.
    private static let mostRequestsPerCode = 100

    private let parts: LoginDependencies
    private let opener: SessionOpener
    private let counters: LoginCounters
    private let gates: [String: ExchangeGate]
    private let digests: CodeDigests
    private let shared: SharedCodes?
    private let state = NIOLockedValueBox(State())

    private struct State {
        var running: [CodeExchange: [Completion]] = [:]
        var memory = CodeMemory()
    }

    private enum Start {
        case request
        case wait
        case share(CompletedLogin)
        case refuse(LoginFailure)
    }

    init(
        _ parts: LoginDependencies,
        opener: SessionOpener,
        counters: LoginCounters,
        gates: [String: ExchangeGate]
    ) throws(CryptographyError) {
        self.parts = parts
        self.opener = opener
        self.counters = counters
        self.gates = gates
        digests = try CodeDigests(secret: parts.store.shared == nil ? nil : parts.userIDKey)
        shared = parts.store.shared.map {
            SharedCodes(values: $0, store: parts.store, wait: parts.limits.sharedWait, clock: parts.clock)
        }
    }

    /// Logs in, or joins the running login with the same code. `completion` runs once, on any thread.
    ///
    /// - Parameter caller: distinguishes clients.
    func login(_ app: WeChatApp, _ code: LoginCode, caller: [UInt8], completion: @escaping Completion) {
        let exchange = CodeExchange(appID: app.appID, code: code)
        guard let digest = try? digests.digest(exchange) else { return completion(.failure(.internalFault)) }
        switch begin(exchange, digest, completion) {
        case .wait: counters.note(app.appID) { $0.sharedLogins += 1 }
        case .refuse(let failure): completion(.failure(failure))
        case .share(let login):
            counters.note(app.appID) { $0.sharedLogins += 1 }
            parts.store.sharedLogin(
                login.key,
                login.sessionID,
                login.token,
                now: parts.clock(),
                completion: completion
            )
        case .request: claim(app, exchange, digest, caller: caller)
        }
    }

    /// Joins a running exchange, returns a remembered result, or requests a new exchange.
    private func begin(_ exchange: CodeExchange, _ digest: CodeMemory.Digest, _ completion: @escaping Completion)
        -> Start
    {
        let now = parts.clock()
        return state.withLockedValue { state in
            if let waiting = state.running[exchange]?.count {
                guard waiting < Self.mostRequestsPerCode else { return .refuse(.overloaded) }
                state.running[exchange]?.append(completion)
                return .wait
            }
            switch state.memory.lookup(digest, now: now) {
            case .login(let login): return .share(login)
            case .refusal(let failure): return .refuse(failure)
            case .nothing:
                state.running[exchange] = [completion]
                return .request
            }
        }
    }

    private func claim(
        _ app: WeChatApp,
        _ exchange: CodeExchange,
        _ digest: CodeMemory.Digest,
        caller: [UInt8]
    ) {
        guard let shared else { return requestSession(app, exchange, caller) { self.finish(exchange, digest, $0) } }
        shared.claim(app.appID, digest) { claim in
            switch claim {
            case .mine:
                self.requestSession(app, exchange, caller) { end in
                    shared.settle(digest, end)
                    self.finish(exchange, digest, end)
                }
            case .theirs(let end):
                if end.codeWasSent { self.counters.note(app.appID) { $0.sharedLogins += 1 } }
                // Not remembered here: the store knows how long it is shared.
                self.reply(exchange, end.result)
            }
        }
    }

    /// Calls WeChat when the queue admits this login.
    private func requestSession(
        _ app: WeChatApp,
        _ exchange: CodeExchange,
        _ caller: [UInt8],
        _ completion: @escaping @Sendable (ExchangeOutcome) -> Void
    ) {
        guard let gate = gates[app.appID] else { return completion(.failure(.internalFault, codeWasSent: false)) }
        gate.enter { admission in
            let ticket: ExchangeGate.Ticket
            switch admission {
            case .success(let given): ticket = given
            case .failure(let failure): return completion(.failure(failure, codeWasSent: false))
            }
            let start = ContinuousClock.now
            self.counters.note(app.appID) { $0.exchanges += 1 }
            self.parts.wechat.codeToSession(app: app, code: exchange.code) { result in
                gate.settle(ticket, result, caller: caller)
                switch result {
                case .success(let session):
                    let user = VerifiedUser(
                        key: UserKey(appID: app.appID, openid: session.openid),
                        unionid: session.unionid,
                        sessionKey: session.sessionKey
                    )
                    self.opener.open(user) { result in
                        gate.leave()
                        completion(ExchangeOutcome(result: result, codeWasSent: true, start: start))
                    }
                case .failure(let failure):
                    gate.leave()
                    completion(
                        ExchangeOutcome(
                            result: .failure(LoginFailure(failure.kind)),
                            wechat: failure,
                            codeWasSent: failure.kind.mayHaveSpentCode,
                            start: start
                        )
                    )
                }
            }
        }
    }

    /// Remembers the result of an exchange, reports it to the log, and completes all waiting requests.
    private func finish(_ exchange: CodeExchange, _ digest: CodeMemory.Digest, _ end: ExchangeOutcome) {
        let now = parts.clock()
        let requests = state.withLockedValue { state in
            switch end.result {
            case .success(let login): state.memory.remember(digest, login: login, now: now)
            case .failure:
                if let refusal = end.rememberedFailure { state.memory.remember(digest, refusal: refusal, now: now) }
            }
            return state.running.removeValue(forKey: exchange) ?? []
        }
        if let start = end.start {
            parts.log(LoginEvent(end, appID: exchange.appID, requests: requests.count, duration: .now - start))
        }
        for request in requests { request(end.result) }
    }

    private func reply(_ exchange: CodeExchange, _ result: Result<CompletedLogin, LoginFailure>) {
        for request in state.withLockedValue({ $0.running.removeValue(forKey: exchange) ?? [] }) { request(result) }
    }
}
