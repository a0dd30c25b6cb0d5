import Configuration
import HTTPWire

/// All limits of one route.
final class RouteLimits: Sendable {
    /// In the order of the checks.
    let limits: [RateLimit]
    /// `ratelimit-policy`.
    let policyField: FieldBlock

    init?(_ configured: [RateLimitConfiguration]) {
        guard !configured.isEmpty else { return nil }
        var counts: [RateLimitSubject: Int] = [:]
        limits = configured.map { limit in
            counts[limit.subject, default: 0] += 1
            let number = counts[limit.subject] ?? 1
            return RateLimit(limit, name: limit.subject.rawValue + (number > 1 ? "-\(number)" : ""))
        }.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(\.element)
        var field = FieldBlock()
        field.append("ratelimit-policy", Array(limits.map(\.policy).joined(separator: Array(", ".utf8))).span)
        policyField = field
    }

    /// The result of the limits for one request.
    struct Outcome {
        /// In seconds, at least one; nil: the request comes through.
        var retryAfter: Int?
        /// For the response, whatever it is (draft-ietf-httpapi-ratelimit-headers).
        var fields: FieldBlock
    }

    /// Counts a request, at all limits or, where one of them refuses it, at none.
    ///
    /// - Parameter now: in nanoseconds of the steady clock.
    func count(_ keys: RateLimitKeys, now: Int64) -> Outcome {
        var left: [UInt8] = []
        for (index, limit) in limits.enumerated() {
            let instant = limit.bucket.instant(now)
            switch limit.take(limit.hash(of: keys), now: instant) {
            case .admitted(let full):
                if index > 0 { left += Array(", ".utf8) }
                let remaining = limit.bucket.remaining(full: full, now: instant)
                left += limit.name + Array(";r=\(remaining);t=\(limit.bucket.seconds(full - instant))".utf8)
            case .refused(let wait, let full):
                for earlier in limits[..<index] { earlier.giveBack(earlier.hash(of: keys)) }
                let time = limit.bucket.seconds(full - instant)
                return Outcome(
                    retryAfter: max(limit.bucket.seconds(wait), 1),
                    fields: fields(left: limit.name + Array(";r=0;t=\(time)".utf8))
                )
            }
        }
        return Outcome(retryAfter: nil, fields: fields(left: left))
    }

    private func fields(left: [UInt8]) -> FieldBlock {
        var fields = policyField
        fields.append("ratelimit", left.span)
        return fields
    }
}

/// The limits of all routes and of the login endpoints in one generation of routes.json, shared by all workers. A limit that
/// did not change keeps its buckets.
struct RateLimits: Sendable {
    /// Where one limit of one route was not exact.
    struct TableCounts: Equatable {
        /// The route's pattern, or the path of the login endpoints.
        let route: String
        /// The name of the limit, as shown to clients.
        let limit: String
        /// Buckets that gave way before they were full again: their owners began anew.
        let displaced: Int
        /// Requests that came through uncounted.
        let uncounted: Int
    }

    /// Of the login endpoints.
    let session: SessionRate
    private let routes: [RouteLimits?]
    private let configured: [RouteConfiguration]
    private let login: LoginConfiguration

    /// - Parameter former: of the generation before; its limits go on where route and limits are the same.
    init(_ configuration: GatewayConfiguration, former: RateLimits? = nil) {
        var kept: [RouteKey: (limits: RouteLimits, configured: [RateLimitConfiguration])] = [:]
        if let former {
            for (route, limits) in zip(former.configured, former.routes) {
                if let limits { kept[RouteKey(route)] = (limits, route.rateLimits) }
            }
        }
        routes = configuration.routes.map { route in
            if let entry = kept[RouteKey(route)], entry.configured == route.rateLimits { return entry.limits }
            return RouteLimits(route.rateLimits)
        }
        configured = configuration.routes
        login = configuration.login
        if let former, former.login.sessionRate == login.sessionRate, former.login.sessionBurst == login.sessionBurst {
            session = former.session
        } else {
            session = SessionRate(login.sessionRate, burst: login.sessionBurst)
        }
    }

    /// What makes a route the same one in two generations: the requests that it takes.
    private struct RouteKey: Hashable {
        let host: String?
        let path: String
        let methods: [String]

        init(_ route: RouteConfiguration) {
            host = route.host
            path = route.path.text
            methods = route.methods.map(\.rawValue).sorted()
        }
    }

    /// Of every limit, in the order of the routes; that of the login endpoints last.
    var tableCounts: [TableCounts] {
        let ofSessions = TableCounts(
            route: login.path,
            limit: "session",
            displaced: session.displacedCount,
            uncounted: session.uncountedCount
        )
        return routeTableCounts + [ofSessions]
    }

    private var routeTableCounts: [TableCounts] {
        zip(configured, routes).flatMap { configured, limits in
            (limits?.limits ?? []).map { limit in
                TableCounts(
                    route: configured.path.text,
                    limit: String(decoding: limit.name.dropFirst().dropLast(), as: UTF8.self),
                    displaced: limit.displacedCount,
                    uncounted: limit.uncountedCount
                )
            }
        }
    }

    /// - Parameter route: its number.
    func of(_ route: Int) -> RouteLimits? { routes[route] }
}
