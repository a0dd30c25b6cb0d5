import APICalls
import NIOConcurrencyHelpers
import WeChat

/// Decides when an exchange of one app may go to WeChat: a bounded number at once, a bounded number waiting behind them,
/// none while the app's fuse or breaker is open.
final class ExchangeGate: Sendable {
    /// The permission for one exchange, to be brought back.
    struct Ticket: Sendable {
        fileprivate let fuse: QuotaFuse.Pass
        fileprivate let breaker: ExchangeBreaker.Pass
    }

    /// For monitoring.
    struct Status: Sendable {
        let inFlight: Int
        let waiting: Int
        let fuse: String
        let breaker: String
    }

    typealias Start = @Sendable (Result<Ticket, LoginFailure>) -> Void

    private let clock: @Sendable () -> Int64
    private let state: NIOLockedValueBox<State>

    /// - Parameter clock: milliseconds since 1970.
    init(_ limits: LoginLimits, clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
        let queue = ExchangeQueue(atOnce: limits.exchanges, waiting: limits.waitingExchanges)
        state = NIOLockedValueBox(State(queue: queue))
    }

    /// Runs `start` once, when the exchange may start or is refused. After a start, call `settle` when WeChat has
    /// responded, and `leave` when the login is complete.
    func enter(_ start: @escaping Start) {
        perform { state, now in
            let expired = state.queue.expire(now: now)
            let id = state.nextID
            state.nextID += 1
            state.waiting[id] = start
            var turn = ExchangeQueue.Turn()
            switch state.queue.enter(id, now: now) {
            case .start: turn.start = [id]
            case .full: turn.expired = [id]
            case .wait: break
            }
            return [expired, turn]
        }
    }

    /// Records the response of WeChat, or its absence.
    ///
    /// - Parameter caller: distinguishes clients.
    func settle(_ ticket: Ticket, _ result: Result<WeChatSession, WeChatFailure>, caller: [UInt8]) {
        let now = clock()
        state.withLockedValue { state in
            state.fuse.settle(ticket.fuse, QuotaFuse.Outcome(result), caller: caller, now: now)
            state.breaker.settle(ticket.breaker, ExchangeBreaker.Outcome(result), now: now)
        }
    }

    /// Ends the login, after it was recorded: a slow store delays further logins before their codes are spent.
    func leave() {
        perform { state, now in [state.queue.leave(now: now)] }
    }

    /// Expires logins that waited too long. Call this about once a second.
    func tick() {
        perform { state, now in [state.queue.expire(now: now)] }
    }

    func resetFuse() { state.withLockedValue { $0.fuse.reset() } }

    var status: Status {
        let now = clock()
        return state.withLockedValue { state in
            Status(
                inFlight: state.queue.running,
                waiting: state.queue.waiting,
                fuse: "\(state.fuse.state(now: now))",
                breaker: "\(state.breaker.state)"
            )
        }
    }

    private func perform(_ change: (inout State, Int64) -> [ExchangeQueue.Turn]) {
        let now = clock()
        let steps = state.withLockedValue { state in
            let turns = change(&state, now)
            return state.proceed(turns, now)
        }
        for step in steps { step.start(step.result) }
    }

    private struct Step {
        let start: Start
        let result: Result<Ticket, LoginFailure>
    }

    private struct State {
        var queue: ExchangeQueue
        var fuse = QuotaFuse()
        var breaker = ExchangeBreaker()
        var waiting: [UInt64: Start] = [:]
        var nextID: UInt64 = 0

        init(queue: ExchangeQueue) {
            self.queue = queue
        }

        /// The decisions for logins whose turn has come or that expired. Fuse and breaker are checked at the turn, so
        /// that events during the wait count. A refused login leaves, which admits others.
        mutating func proceed(_ turns: [ExchangeQueue.Turn], _ now: Int64) -> [Step] {
            var steps: [Step] = []
            var turns = turns[...]
            while let turn = turns.popFirst() {
                for id in turn.expired {
                    guard let start = waiting.removeValue(forKey: id) else { continue }
                    steps.append(Step(start: start, result: .failure(.overloaded)))
                }
                for id in turn.start {
                    guard let start = waiting.removeValue(forKey: id) else { continue }
                    let result = admit(now)
                    steps.append(Step(start: start, result: result))
                    if case .failure = result { turns.append(queue.leave(now: now)) }
                }
            }
            return steps
        }

        private mutating func admit(_ now: Int64) -> Result<Ticket, LoginFailure> {
            guard case .pass(let breakerPass) = breaker.admit(now: now) else {
                return .failure(.wechatUnavailable(status: 503))
            }
            switch fuse.admit(now: now) {
            case .pass(let fusePass):
                return .success(Ticket(fuse: fusePass, breaker: breakerPass))
            case .refused(let retryAfter):
                breaker.settle(breakerPass, .notSent, now: now)
                return .failure(.throttled(retryAfter: retryAfter))
            }
        }
    }
}

extension QuotaFuse.Outcome {
    fileprivate init(_ result: Result<WeChatSession, WeChatFailure>) {
        guard case .failure(let failure) = result else {
            self = .answered
            return
        }
        switch failure.kind {
        case .codeInvalid, .codeUsed, .userBlocked: self = .answered
        case .quotaUsedUp: self = .dailyQuota
        case .rateLimited: self = .rateLimited
        case .misconfigured, .accessTokenRefused, .busy, .unintelligible, .noResponse: self = .unknown
        }
    }
}

extension ExchangeBreaker.Outcome {
    fileprivate init(_ result: Result<WeChatSession, WeChatFailure>) {
        guard case .failure(let failure) = result else {
            self = .answered
            return
        }
        switch failure.kind {
        case .codeInvalid, .codeUsed, .userBlocked, .rateLimited, .quotaUsedUp, .misconfigured, .accessTokenRefused:
            self = .answered
        // This gateway's own doing.
        case .noResponse(.overloaded), .noResponse(.waitedTooLong), .noResponse(.shutDown),
            .noResponse(.invalidRequest):
            self = .notSent
        case .busy, .unintelligible, .noResponse: self = .failed
        }
    }
}
