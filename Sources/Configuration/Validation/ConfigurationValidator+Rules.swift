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
                    "without a token there is no \(limit.subject.rawValue)",
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
            reader.fault(location, "takes more than 30 days to be full again", hint: "write a smaller one")
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
                "the route takes none of PATCH, PUT and DELETE",
                hint: "name one in \"methods\""
            )
        }
    }

    // MARK: - Paths

    private mutating func check(_ rewrite: RewriteConfiguration, of route: RouteConfiguration, at number: String) {
        let keys = ["stripPrefix", "replacePrefix", "template"].filter { node("routes", number, "rewrite", $0) != nil }
        guard keys.count == 1 else {
            reader.fault(
                location("routes", number, "rewrite"),
                keys.isEmpty ? "says nothing" : "says more than one thing",
                hint: "one of stripPrefix, replacePrefix, template"
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
                    "wants two paths",
                    hint: "what stands there, and what stands there instead: [\"/api\", \"/internal\"]"
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
            reader.fault(location, "the route's path \(Printable.quoted(route.path.text)) does not begin with it")
        }
    }

    private mutating func check(_ template: RoutePattern, of route: RouteConfiguration, at number: String) {
        let location = location("routes", number, "rewrite", "template")
        guard route.path != .unset else { return }
        if template.segments.count(where: { $0 == .parameter }) != template.names.count {
            reader.fault(
                location,
                "\"*\" does not say which segment it stands for",
                hint: "name it here and in \"path\""
            )
        }
        if template.hasEmptyInside {
            reader.fault(location, "an empty segment, which services read in different ways")
        }
        if template.hasRest, !route.path.hasRest {
            reader.fault(location, "the route's path has no rest, \"/**\"")
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
                reader.fault(location("routes", number, "cors", "origins"), "\"*\" stands for all, alone")
            }
            if cors.credentials {
                reader.fault(
                    location("routes", number, "cors", "credentials"),
                    "with \"*\" any page on the web could use a user's cookies, and browsers refuse it",
                    hint: "list the origins"
                )
            }
        }
        if cors.maxAge.components.attoseconds != 0 {
            reader.fault(location("routes", number, "cors", "maxAge"), "browsers count whole seconds")
        }
        for (key, names) in [("headers", cors.headers), ("expose", cors.expose)] {
            for (position, name) in names.enumerated() where name == "*" {
                reader.fault(
                    location("routes", number, "cors", key, "\(position)"),
                    "\"*\" is no name here: list the headers"
                )
            }
        }
    }

    // MARK: - Other protocols

    private mutating func check(_ upgrade: UpgradeConfiguration, of route: RouteConfiguration, at number: String) {
        if upgrade.protocols.contains("websocket"), RouteMethodSet(route).isDisjoint(with: RouteMethodSet(.get)) {
            reader.fault(
                location("routes", number, "upgrade", "protocols"),
                "a WebSocket begins with GET, which the route does not take",
                hint: "name it in \"methods\""
            )
        }
        if upgrade.whenTokenEnds == .keep, route.auth == .none {
            reader.fault(
                location("routes", number, "upgrade", "whenTokenEnds"),
                "tokens are not looked at here",
                hint: "leave it out, or set \"auth\""
            )
        }
    }
}
