import Configuration
import HTTPWire
import Login

/// Phase 4, limit: rates.
enum LimitPhase {
    /// Counts a request at the limits of its route; once, however often the request waits.
    ///
    /// - Parameter now: in nanoseconds of the steady clock.
    static func run(_ request: RequestState, _ peer: PeerAddress, _ limits: RouteLimits, now: Int64) -> PhaseResult {
        guard request.rareState?.ruled.isCounted != true else {
            return .proceed
        }
        let network =
            request.clientAddress.map { ClientNetwork(IPAddress(String(decoding: $0, as: UTF8.self))) } ?? peer.network
        let keys = RateLimitKeys(user: request.identity?.userID, app: request.identity?.appID, address: network)
        let outcome = limits.count(keys, now: now)
        request.withRareState { rareState in
            rareState.ruled.isCounted = true
            rareState.ruled.response.append(outcome.fields)
        }
        guard let seconds = outcome.retryAfter else { return .proceed }
        return .reply(.refusal(.rateLimited, retryAfter: seconds))
    }

    /// Counts a call of a login endpoint for the session of its token. A token of another issuer is of no session here,
    /// and its calls are refused anyway.
    ///
    /// The calls that end the session always come through: each succeeds once, and whoever holds a stolen token is not to
    /// keep the user from logging out by spending the rate.
    ///
    /// - Parameter now: in nanoseconds of the steady clock.
    static func run(_ call: Endpoint, of request: RequestState, _ rates: RateLimits, now: Int64) -> PhaseResult {
        guard call != .logout, call != .eraseUser, let sessionID = request.identity?.sessionID,
            let seconds = rates.session.refusal(of: sessionID, now: now)
        else { return .proceed }
        return .reply(.refusal(.rateLimited, retryAfter: seconds))
    }
}
