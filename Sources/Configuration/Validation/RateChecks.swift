import JSON

/// Rate limits of routes and of the login endpoints.
struct RateChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        for (index, route) in configuration.routes.enumerated() { checkRateLimits(of: route, at: "\(index)") }
        checkSessionRate()
    }

    private mutating func checkRateLimits(of route: RouteConfiguration, at number: String) {
        for (position, limit) in route.rateLimits.enumerated() {
            func location(_ key: String) -> Location {
                node("routes", number, "rateLimit")?.elements == nil
                    ? self.location("routes", number, "rateLimit", key)
                    : self.location("routes", number, "rateLimit", "\(position)", key)
            }
            if route.auth == .none, limit.subject == .user || limit.subject == .app {
                fault(
                    location("by"),
                    "the route does not check tokens, so the \(limit.subject.rawValue) is unknown",
                    hint: "set \"by\": \"address\", or \"auth\""
                )
            }
            checkBurst(limit.capacity, of: limit.rate, at: location("burst"))
        }
    }

    /// The limit of the login endpoints.
    private mutating func checkSessionRate() {
        let login = configuration.login
        checkBurst(login.sessionBurst, of: login.sessionRate, at: location("login", "sessionBurst"))
    }

    /// How long an empty bucket takes to fill; the arithmetic counts on it.
    private mutating func checkBurst(_ burst: Int, of rate: RequestRate, at location: Location) {
        let (seconds, _) = rate.period.components
        if Double(burst) * Double(seconds) / Double(rate.count) > 30 * 86_400 {
            fault(location, "takes more than 30 days to refill", hint: "use a smaller value")
        }
    }
}
