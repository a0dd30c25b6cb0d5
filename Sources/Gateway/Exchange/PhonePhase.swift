import HTTPWire
import Login
import Sessions

/// Phase 3: the user's phone number, for routes whose service gets it.
enum PhonePhase {
    /// Waits for the number where the user has one.
    static func run(
        _ identity: Identity,
        _ head: borrowing RequestHead,
        path: Span<UInt8>,
        _ exchange: Exchange
    ) -> PhaseResult {
        let worker = exchange.worker
        guard exchange.request.rareState?.hasRequestedPhone != true,
            worker.changes.facts(of: identity).contains(.phone),
            let holder = SessionHolder(identity, facts: identity.facts)
        else { return .proceed }
        Hold.begin(exchange, head, path: path)
        exchange.request.rareState?.hasRequestedPhone = true
        exchange.snapshot.endpoints.phone(
            of: holder,
            completion: Hold.resumption(of: exchange) { exchange, head, path, result in
                switch result {
                case .success(let phone):
                    exchange.request.rareState?.phone = phone.map { Array($0.utf8) }
                    return Hold.proceed(exchange, &head, path: path)
                case .failure(.sessionUnknown):
                    // A token of no session of this store (`menshen token mint`): nothing is known of its user.
                    return Hold.proceed(exchange, &head, path: path)
                case .failure(let failure):
                    return .reply(LocalReply(EndpointReply(.failure(failure))))
                }
            }
        )
        return .waiting
    }
}
