import HTTPWire
import Login
import Sessions

/// Phase 3: a token near its end gets its successor, the same for all who ask.
enum RenewalPhase {
    /// Waits for the successor where no request of the session has fetched it yet.
    ///
    /// - Parameter window: in seconds before the token's end.
    static func run(
        _ identity: Identity,
        window: Int64,
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        _ exchange: Exchange
    ) -> PhaseResult {
        let request = exchange.request
        let worker = exchange.worker
        let now = exchange.loop.wallSeconds
        guard let sessionID = identity.sessionID, identity.expiresAt - now <= window, request.rareState?.newToken == nil
        else { return .proceed }
        if let successor = worker.successors[sessionID], successor.expiresAt - now > window {
            // The one that this request came with may be it.
            if successor.expiresAt > identity.expiresAt { attach(successor, exchange) }
            return .proceed
        }
        guard request.rareState?.hasRequestedRenewal != true, !worker.isDraining,
            let holder = SessionHolder(identity, facts: worker.changes.facts(of: identity))
        else { return .proceed }
        Hold.begin(exchange, head, path: path, .renewal, within: GatewaySettings.renewalTimeout)
        request.rareState?.hasRequestedRenewal = true
        exchange.snapshot.endpoints.renew(
            holder,
            completion: Hold.resumption(of: exchange) { exchange, head, path, successor in
                if let successor {
                    exchange.worker.successors[sessionID] = successor
                    attach(successor, exchange)
                }
                return Hold.proceed(exchange, &head, path: path)
            }
        )
        return .waiting
    }

    private static func attach(_ successor: RenewedToken, _ exchange: Exchange) {
        let token = NewToken(successor.token, expiresIn: successor.expiresAt - exchange.loop.wallSeconds)
        exchange.request.withRareState { $0.newToken = token }
    }
}
