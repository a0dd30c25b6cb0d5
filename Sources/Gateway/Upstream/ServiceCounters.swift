/// The counters of one target at one worker.
struct TargetCounters: Sendable {
    /// Requests sent, retries among them.
    var requests: UInt64 = 0
    var connectFailures: UInt64 = 0
    var timeouts: UInt64 = 0
    /// Connections that closed before the response was complete.
    var closes: UInt64 = 0
    /// Responses that break HTTP/1.1.
    var malformed: UInt64 = 0
    /// Responses with 502, 503 or 504.
    var statusFailures: UInt64 = 0
    var ejections: UInt64 = 0
    var connectionsMade: UInt64 = 0
    /// Unsolicited bytes on a connection.
    var strayResponses: UInt64 = 0

    init() {}
}

/// The counters of one service at one worker.
struct ServiceCounters: Sendable {
    /// Requests of clients.
    var requests: UInt64 = 0
    /// Sent again after something had been sent.
    var retries: UInt64 = 0
    /// Sent to another target, nothing having been sent to the first.
    var failovers: UInt64 = 0
    /// Not sent again since the budget was spent.
    var retriesDenied: UInt64 = 0
    /// Refused by the breaker.
    var refusedByBreaker: UInt64 = 0
    /// Refused as too many waited for a connection, or it took too long.
    var refusedByLimit: UInt64 = 0
    /// Requests refused since no target was healthy.
    var refusedAllDown: UInt64 = 0

    init() {}
}

/// A counter with its name and attributes, in the style of OpenTelemetry.
struct NamedCount: Sendable {
    /// `gateway.service.retries`.
    let name: String
    let service: String
    /// As routes.json has it; nil where it is the service's.
    let target: String?
    /// What kind of failure; nil for all else.
    let kind: String?
    var value: Int
}

/// Counters of several workers, added up by name and attributes, in the order in which they were first seen.
struct NamedCounts: Sendable {
    private struct Key: Hashable {
        let name: String
        let service: String
        let target: String?
        let kind: String?
    }

    private(set) var all: [NamedCount] = []
    private var places: [Key: Int] = [:]

    mutating func add(_ counts: [NamedCount]) {
        for count in counts {
            let key = Key(name: count.name, service: count.service, target: count.target, kind: count.kind)
            if let place = places[key] {
                all[place].value += count.value
            } else {
                places[key] = all.count
                all.append(count)
            }
        }
    }
}

extension Cluster {
    /// All counters of this worker.
    var counts: [NamedCount] {
        let service = String(decoding: nameBytes, as: UTF8.self)
        func count(_ name: String, _ value: UInt64, target: String? = nil, kind: String? = nil) -> NamedCount {
            NamedCount(name: name, service: service, target: target, kind: kind, value: Int(clamping: value))
        }
        var all = [
            count("gateway.service.requests", counters.requests),
            count("gateway.service.retries", counters.retries),
            count("gateway.service.failovers", counters.failovers),
            count("gateway.service.retries.denied", counters.retriesDenied),
            count("gateway.service.refused", counters.refusedByBreaker, kind: "breaker"),
            count("gateway.service.refused", counters.refusedByLimit, kind: "limit"),
            count("gateway.service.refused", counters.refusedAllDown, kind: "down"),
            count("gateway.service.waiting", UInt64(waitingHere)),
        ]
        for target in targets {
            let name = target.name
            let numbers = target.counters
            all += [
                count("gateway.target.requests", numbers.requests, target: name),
                count("gateway.target.failures", numbers.connectFailures, target: name, kind: "connect"),
                count("gateway.target.failures", numbers.timeouts, target: name, kind: "timeout"),
                count("gateway.target.failures", numbers.closes, target: name, kind: "closed"),
                count("gateway.target.failures", numbers.malformed, target: name, kind: "protocol"),
                count("gateway.target.failures", numbers.statusFailures, target: name, kind: "status"),
                count("gateway.target.ejections", numbers.ejections, target: name),
                count("gateway.target.stray", numbers.strayResponses, target: name),
                count("gateway.target.connections.made", numbers.connectionsMade, target: name),
                count("gateway.target.connections.open", UInt64(max(target.openConnections, 0)), target: name),
                count("gateway.target.connections.idle", UInt64(target.idleCount), target: name),
            ]
        }
        return all
    }
}
