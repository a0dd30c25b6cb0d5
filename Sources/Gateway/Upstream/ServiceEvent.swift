import Logging

/// Changes of a service's targets that operators should know, one event per change.
enum ServiceEvent: Equatable, Sendable {
    /// Health checks found the target unhealthy, or healthy again.
    case health(target: Int, isHealthy: Bool)
    /// The target was ejected: it gets no requests for this many milliseconds.
    case ejected(target: Int, milliseconds: Int64)
    /// Requests to the target fail, where neither health checks nor ejections say so.
    case failing(target: Int, ServiceFault)
    /// The target responds again.
    case responding(target: Int)
    case breaker(CircuitBreaker.Phase)

    /// One line in the log. Requests can cause such events, so their lines are limited in rate.
    ///
    /// - Parameter targets: as routes.json has them.
    func report(of service: String, targets: [String], to log: LimitedLog) {
        switch self {
        case .health(let target, isHealthy: true):
            log.write(LogKind(.info, "a target is healthy again", ["service": service, "target": targets[target]]))
        case .health(let target, isHealthy: false):
            log.write(
                LogKind(
                    .warning,
                    "a target is unhealthy: its health checks fail",
                    ["service": service, "target": targets[target]]
                )
            )
        case .ejected(let target, let milliseconds):
            log.write(
                LogKind(
                    .warning,
                    "a target is ejected: it failed too often",
                    ["service": service, "target": targets[target]]
                ),
                ["milliseconds": "\(milliseconds)"]
            )
        case .failing(let target, let fault):
            log.write(
                LogKind(
                    .warning,
                    "requests to a target fail",
                    ["service": service, "target": targets[target], "cause": "\(fault.cause)"]
                )
            )
        case .responding(let target):
            log.write(LogKind(.info, "a target responds again", ["service": service, "target": targets[target]]))
        case .breaker(.closed):
            log.write(LogKind(.info, "a service's circuit breaker is closed again", ["service": service]))
        case .breaker(.open):
            log.write(
                LogKind(.warning, "a service's circuit breaker is open: requests are refused", ["service": service])
            )
        case .breaker(.halfOpen):
            log.write(LogKind(.info, "a service's circuit breaker is half open: probes are sent", ["service": service]))
        }
    }
}
