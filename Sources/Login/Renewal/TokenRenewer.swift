import NIOConcurrencyHelpers
import Sessions

/// Gives tokens near their expiry a successor, the same one for all requests within one window.
final class TokenRenewer: Sendable {
    typealias Completion = @Sendable (RenewedToken?) -> Void

    /// The maximum number of requests of one session that wait for one result of the store.
    private static let mostWaiting = 4096

    private struct State {
        var running: [String: [Completion]] = [:]
        var memory = RenewalMemory()
    }

    private enum Start {
        case request
        case wait
        case reply(RenewedToken?)
    }

    private let parts: LoginDependencies
    private let counters: LoginCounters
    private let state = NIOLockedValueBox(State())

    init(_ parts: LoginDependencies, _ counters: LoginCounters) {
        self.parts = parts
        self.counters = counters
    }

    /// Returns the session's successor token. Nil if the session has ended or ends within the window, the user is
    /// blocked, the store fails, or renewal is off.
    func renew(_ holder: SessionHolder, completion: @escaping Completion) {
        guard let renewBefore = parts.renewBefore else { return completion(nil) }
        let now = parts.clock()
        let mustOutlive = now + renewBefore
        let start = state.withLockedValue { state -> Start in
            if let waiting = state.running[holder.sessionID]?.count {
                guard waiting < Self.mostWaiting else { return .reply(nil) }
                state.running[holder.sessionID]?.append(completion)
                return .wait
            }
            switch state.memory.lookup(holder.sessionID, now: now, mustOutlive: mustOutlive) {
            case .successor(let token): return .reply(token)
            case .refused: return .reply(nil)
            case .nothing:
                state.running[holder.sessionID] = [completion]
                return .request
            }
        }
        switch start {
        case .wait: counters.note { $0.rememberedRenewals += 1 }
        case .reply(let token):
            counters.note { counts in
                if token == nil { counts.refusedRenewals += 1 } else { counts.rememberedRenewals += 1 }
            }
            completion(token)
        case .request: requestRenewal(holder, now: now, mustOutlive: mustOutlive)
        }
    }

    private func requestRenewal(_ holder: SessionHolder, now: Int64, mustOutlive: Int64) {
        // The claims of the token may be outdated, including the user id: the successor contains the recorded values.
        parts.store.user(holder.query(at: now)) { result in
            guard case .success(let user?) = result, !user.isBlocked,
                // This close to the end of the session, its newest token lasts for the rest of it, or almost.
                let sessionExpiry = user.sessionExpiry, sessionExpiry > mustOutlive
            else { return self.finish(holder, nil, now: now) }
            self.record(holder, user, until: sessionExpiry, now: now, mustOutlive: mustOutlive)
        }
    }

    private func record(
        _ holder: SessionHolder,
        _ user: StoredUser,
        until sessionExpiry: Int64,
        now: Int64,
        mustOutlive: Int64
    ) {
        let subject = TokenSubject(user, holder.user, sessionID: holder.sessionID)
        guard let token = try? parts.minter.mint(subject, now: now, until: sessionExpiry) else {
            return finish(holder, nil, now: now)
        }
        let renewal = TokenRenewal(
            query: holder.query(at: now),
            token: token.token,
            tokenExpiry: token.expiresAt,
            mustOutlive: mustOutlive
        )
        parts.store.renew(renewal) { self.finish(holder, (try? $0.get()) ?? nil, now: now) }
    }

    private func finish(_ holder: SessionHolder, _ token: RenewedToken?, now: Int64) {
        let waiting = state.withLockedValue { state in
            state.memory.remember(holder.sessionID, token, now: now)
            return state.running.removeValue(forKey: holder.sessionID) ?? []
        }
        counters.note { counts in
            if token == nil { counts.refusedRenewals += 1 } else { counts.renewals += 1 }
        }
        for completion in waiting { completion(token) }
    }
}
