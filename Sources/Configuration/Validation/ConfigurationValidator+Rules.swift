import JSON

/// Checks of what routes and services do to requests beyond forwarding them.
extension ConfigurationValidator {
    mutating func checkRules(of route: RouteConfiguration, at index: Int) {
        let number = "\(index)"
        checkRateLimits(of: route, at: number)
        checkMethodOverride(of: route, at: number)
        if let rewrite = route.rewrite { check(rewrite, of: route, at: number) }
        if let cors = route.cors { check(cors, at: number) }
        if let upgrade = route.upgrade { check(upgrade, of: route, at: number) }
        for (key, rules) in [("requestHeaders", route.requestHeaders), ("responseHeaders", route.responseHeaders)] {
            check(rules, at: ["routes", number, key], route: route)
        }
    }

    // MARK: - Rates

    private mutating func checkRateLimits(of route: RouteConfiguration, at number: String) {
        for (position, limit) in route.rateLimits.enumerated() {
            func location(_ key: String) -> Location {
                node("routes", number, "rateLimit")?.elements == nil
                    ? self.location("routes", number, "rateLimit", key)
                    : self.location("routes", number, "rateLimit", "\(position)", key)
            }
            if route.auth == .none, limit.subject == .user || limit.subject == .app {
                reader.fault(
                    location("by"),
                    "the route does not check tokens, so the \(limit.subject.rawValue) is unknown",
                    hint: "set \"by\": \"address\", or \"auth\""
                )
            }
            checkBurst(limit.capacity, of: limit.rate, at: location("burst"))
        }
    }

    /// The limit of the login endpoints.
    mutating func checkSessionRate() {
        let login = configuration.login
        checkBurst(login.sessionBurst, of: login.sessionRate, at: location("login", "sessionBurst"))
    }

    /// How long an empty bucket takes to fill; the arithmetic counts on it.
    private mutating func checkBurst(_ burst: Int, of rate: RequestRate, at location: Location) {
        let (seconds, _) = rate.period.components
        if Double(burst) * Double(seconds) / Double(rate.count) > 30 * 86_400 {
            reader.fault(location, "takes more than 30 days to refill", hint: "use a smaller value")
        }
    }

    // MARK: - Methods

    private mutating func checkMethodOverride(of route: RouteConfiguration, at number: String) {
        guard route.methodOverride else { return }
        let methods = RouteMethodSet(route)
        let honoured = RouteMethodSet([.patch, .put, .delete].map { RouteMethodSet($0) })
        if methods.isDisjoint(with: honoured) {
            reader.fault(
                location("routes", number, "methodOverride"),
                "the route accepts none of PATCH, PUT and DELETE",
                hint: "add one of them to \"methods\""
            )
        }
    }

    // MARK: - Paths

    private mutating func check(_ rewrite: RewriteConfiguration, of route: RouteConfiguration, at number: String) {
        let keys = ["stripPrefix", "replacePrefix", "template"].filter { node("routes", number, "rewrite", $0) != nil }
        guard keys.count == 1 else {
            reader.fault(
                location("routes", number, "rewrite"),
                keys.isEmpty ? "is empty" : "has more than one key",
                hint: "set one of stripPrefix, replacePrefix, template"
            )
            return
        }
        if let prefix = rewrite.stripPrefix {
            check(prefix: prefix, of: route, at: location("routes", number, "rewrite", "stripPrefix"))
        }
        if keys == ["replacePrefix"] {
            // A path that is none has its own fault already.
            if node("routes", number, "rewrite", "replacePrefix")?.elements?.count != 2 {
                reader.fault(
                    location("routes", number, "rewrite", "replacePrefix"),
                    "must be two paths",
                    hint: "the prefix and its replacement: [\"/api\", \"/internal\"]"
                )
            } else if rewrite.replacePrefix.count == 2 {
                check(
                    prefix: rewrite.replacePrefix[0],
                    of: route,
                    at: location("routes", number, "rewrite", "replacePrefix", "0")
                )
            }
        }
        if let template = rewrite.template { check(template, of: route, at: number) }
    }

    private mutating func check(prefix: String, of route: RouteConfiguration, at location: Location) {
        // The root is before every path.
        guard prefix != "/", let pattern = pattern(prefix), route.path != .unset else { return }
        if !route.path.liesUnder(pattern) {
            reader.fault(
                location,
                "the route's path \(Printable.quoted(route.path.text)) does not begin with this prefix"
            )
        }
    }

    private mutating func check(_ template: RoutePattern, of route: RouteConfiguration, at number: String) {
        let location = location("routes", number, "rewrite", "template")
        guard route.path != .unset else { return }
        if template.segments.count(where: { $0 == .parameter }) != template.names.count {
            reader.fault(
                location,
                "\"*\" does not name a segment of the route",
                hint: "name the segment here and in \"path\""
            )
        }
        if template.hasEmptyInside {
            reader.fault(location, "the template has an empty segment, which services interpret differently")
        }
        if template.hasRest, !route.path.hasRest {
            reader.fault(location, "the route's path does not end in \"/**\"")
        }
        for name in template.names.keys.sorted() where route.path.names[name] == nil {
            reader.fault(
                location,
                "the route's path has no segment \"{\(name)}\"",
                hint: NameSuggestion.hint(for: name, among: route.path.names.keys.sorted())
            )
        }
    }

    // MARK: - Origins

    private mutating func check(_ cors: CrossOriginConfiguration, at number: String) {
        if cors.origins.contains("*") {
            if cors.origins.count > 1 {
                reader.fault(location("routes", number, "cors", "origins"), "\"*\" must be the only entry")
            }
            if cors.credentials {
                reader.fault(
                    location("routes", number, "cors", "credentials"),
                    "with \"*\" any web page could use a user's cookies, and browsers refuse it",
                    hint: "list the origins"
                )
            }
        }
        if cors.maxAge.components.attoseconds != 0 {
            reader.fault(location("routes", number, "cors", "maxAge"), "must be whole seconds")
        }
        for (key, names) in [("headers", cors.headers), ("expose", cors.expose)] {
            for (position, name) in names.enumerated() where name == "*" {
                reader.fault(
                    location("routes", number, "cors", key, "\(position)"),
                    "\"*\" is not allowed here: list the headers"
                )
            }
        }
    }

    // MARK: - Other protocols

    private mutating func check(_ upgrade: UpgradeConfiguration, of route: RouteConfiguration, at number: String) {
        if upgrade.protocols.contains("websocket"), RouteMethodSet(route).isDisjoint(with: RouteMethodSet(.get)) {
            reader.fault(
                location("routes", number, "upgrade", "protocols"),
                "a WebSocket handshake is a GET, which the route does not accept",
                hint: "add GET to \"methods\""
            )
        }
        if upgrade.whenTokenEnds == .keep, route.auth == .none {
            reader.fault(
                location("routes", number, "upgrade", "whenTokenEnds"),
                "the route does not check tokens",
                hint: "remove the key, or set \"auth\""
            )
        }
    }
}
