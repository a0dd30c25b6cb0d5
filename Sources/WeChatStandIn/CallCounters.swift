/// The counts of `GET /stand-in/calls`.
struct CallCounters: Sendable, Equatable {
    /// The calls of one endpoint.
    struct EndpointCounts: Sendable, Equatable {
        var calls = 0
        /// By outcome: `ok`, an errcode, or `fault:` and the fault's name.
        var outcomes: [String: Int] = [:]
    }

    var codesIssued = 0
    private(set) var endpoints: [Endpoint: EndpointCounts] = [:]

    /// The calls of `jscode2session`.
    var exchanges: Int { endpoints[.codeToSession]?.calls ?? 0 }
    /// Of the exchanges.
    var outcomes: [String: Int] { endpoints[.codeToSession]?.outcomes ?? [:] }

    mutating func count(_ endpoint: Endpoint, _ result: Exchange.Result, fault: Fault?) {
        let outcome =
            if let fault {
                "fault:\(fault.kind.rawValue)"
            } else if case .refusal(let errcode, _) = result {
                String(errcode)
            } else {
                "ok"
            }
        endpoints[endpoint, default: EndpointCounts()].calls += 1
        endpoints[endpoint, default: EndpointCounts()].outcomes[outcome, default: 0] += 1
    }
}
