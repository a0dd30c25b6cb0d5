import Configuration

/// All limits of one route.
final class RouteLimits: Sendable {
    /// In the order of the checks.
    let limits: [RateLimit]
    /// `ratelimit-policy: …`, with its CRLF.
    let policyLine: [UInt8]

    init?(_ configured: [RateLimitConfiguration]) {
        guard !configured.isEmpty else { return nil }
        var counts: [RateLimitSubject: Int] = [:]
        limits = configured.map { limit in
            counts[limit.subject, default: 0] += 1
            let number = counts[limit.subject] ?? 1
            return RateLimit(limit, name: limit.subject.rawValue + (number > 1 ? "-\(number)" : ""))
        }.enumerated().sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }.map(\.element)
        policyLine =
            Array("ratelimit-policy: ".utf8) + Array(limits.map(\.policy).joined(separator: Array(", ".utf8)))
            + Array("\r\n".utf8)
    }

    /// The result of the limits for one request.
    struct Outcome {
        /// In seconds, at least one; nil: the request comes through.
        var retryAfter: Int?
        /// Complete field lines for the response, whatever it is (draft-ietf-httpapi-ratelimit-headers).
        var fields: [UInt8]
    }

    /// Counts a request, at all limits or, where one of them refuses it, at none.
    ///
    /// - Parameter now: in nanoseconds of the steady clock.
    func count(_ keys: RateLimitKeys, now: Int64) -> Outcome {
        var fields = policyLine + Array("ratelimit: ".utf8)
        for (index, limit) in limits.enumerated() {
            let instant = limit.bucket.instant(now)
            switch limit.take(limit.hash(of: keys), now: instant) {
            case .admitted(let full):
                if index > 0 { fields += Array(", ".utf8) }
                let left = limit.bucket.remaining(full: full, now: instant)
                fields += limit.name + Array(";r=\(left);t=\(limit.bucket.seconds(full - instant))".utf8)
            case .refused(let wait, let full):
                for earlier in limits[..<index] { earlier.giveBack(earlier.hash(of: keys)) }
                let time = limit.bucket.seconds(full - instant)
                fields = policyLine + Array("ratelimit: ".utf8) + limit.name + Array(";r=0;t=\(time)\r\n".utf8)
                return Outcome(retryAfter: max(limit.bucket.seconds(wait), 1), fields: fields)
            }
        }
        fields += Array("\r\n".utf8)
        return Outcome(retryAfter: nil, fields: fields)
    }
}

/// The limits of all routes and of the login endpoints, made once and shared by all workers.
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
    private let patterns: [String]
    private let loginPath: String

    init(_ configuration: GatewayConfiguration) {
        routes = configuration.routes.map { RouteLimits($0.rateLimits) }
        patterns = configuration.routes.map(\.path.text)
        session = SessionRate(configuration.login.sessionRate, burst: configuration.login.sessionBurst)
        loginPath = configuration.login.path
    }

    /// Of every limit, in the order of the routes; that of the login endpoints last.
    var tableCounts: [TableCounts] {
        let ofSessions = TableCounts(
            route: loginPath,
            limit: "session",
            displaced: session.displacedCount,
            uncounted: session.uncountedCount
        )
        return routeTableCounts + [ofSessions]
    }

    private var routeTableCounts: [TableCounts] {
        zip(patterns, routes).flatMap { pattern, limits in
            (limits?.limits ?? []).map { limit in
                TableCounts(
                    route: pattern,
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
