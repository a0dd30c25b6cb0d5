import JSON

/// Routes: what they name, what they may ask for, and which requests are theirs.
struct RouteChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkReservedPaths()
        checkRoutes()
        checkConflicts()
    }

    /// The paths of login and health must not overlap.
    private mutating func checkReservedPaths() {
        let login = pattern(configuration.login.path)
        let health = configuration.health
        if let live = pattern(health.live), let login, live.liesUnder(login) {
            fault(location("health", "live"), "is under \"login.path\"")
        }
        for (index, path) in health.ready.enumerated() {
            if let ready = pattern(path), let login, ready.liesUnder(login) {
                fault(location("health", "ready", "\(index)"), "is under \"login.path\"")
            }
            if path == health.live {
                fault(location("health", "ready", "\(index)"), "is already the path of \"live\"")
            }
        }
    }

    private mutating func checkRoutes() {
        let services = configuration.services.keys.sorted()
        let login = pattern(configuration.login.path)
        let health = configuration.health.traffic ? [configuration.health.live] + configuration.health.ready : []
        let healthPatterns = Set(health.compactMap { pattern($0)?.segments })
        for (index, route) in configuration.routes.enumerated() {
            // Services that cannot be read have a fault of their own.
            if !route.service.isEmpty, configuration.services[route.service] == nil, node("services")?.members != nil {
                fault(
                    location("routes", "\(index)", "service"),
                    "no service named \(Printable.quoted(route.service))",
                    hint: NameSuggestion.hint(for: route.service, among: services)
                )
            }
            checkAccess(of: route, at: index)
            guard route.path != .unset else { continue }
            let location = location("routes", "\(index)", "path")
            if route.path.hasEmptyInside, !route.keepSlashes {
                fault(
                    location,
                    "the path has an empty segment, and requests with an empty segment are refused",
                    hint: "set \"slashes\": \"keep\""
                )
            }
            if let byte = route.path.byteWithTwoSpellings {
                let escape = "%" + String(byte.value, radix: 16, uppercase: true)
                warning(
                    location,
                    "requests that write \"\(byte)\" as \"\(escape)\" have another path and do not match"
                )
            }
            if let login, route.path.liesUnder(login) {
                fault(
                    location,
                    "is under \"\(configuration.login.path)\", the path of the login endpoints",
                    hint: "choose another path, or set \"login.path\""
                )
            }
            if configuration.tokens.hasPublicKeys, route.path.isExact,
                route.path.segments == pattern(TokensConfiguration.jwksPath)?.segments
            {
                fault(location, "the gateway serves the public keys of its tokens on this path")
            }
            if route.path.isExact, healthPatterns.contains(route.path.segments) {
                fault(
                    location,
                    "the gateway serves its health on this path",
                    hint: "choose another path, or set \"health\""
                )
            }
        }
    }

    /// Checks the access rules of a route.
    private mutating func checkAccess(of route: RouteConfiguration, at index: Int) {
        if let key = route.clientKey, configuration.clientKeys[key] == nil {
            fault(
                location("routes", "\(index)", "clientKey"),
                "no client key named \(Printable.quoted(key))",
                hint: NameSuggestion.hint(for: key, among: configuration.clientKeys.keys.sorted())
            )
        }
        let apps = configuration.weChat.apps.map(\.appID)
        for (position, app) in route.apps.enumerated() where !apps.contains(app) {
            fault(
                location("routes", "\(index)", "apps", "\(position)"),
                "no app \(Printable.quoted(app))",
                hint: NameSuggestion.hint(for: app, among: apps)
            )
        }
        guard route.auth != .required else { return }
        // An anonymous request would pass what looks like a condition.
        if !route.require.isEmpty {
            fault(
                location("routes", "\(index)", "require"),
                "the user may be unknown on this route, so nothing can be required of the user",
                hint: "set \"auth\": \"required\""
            )
        }
        if !route.apps.isEmpty, route.auth == .none {
            fault(
                location("routes", "\(index)", "apps"),
                "the route does not check tokens, so the app is unknown",
                hint: "set \"auth\": \"required\""
            )
        }
        if route.queryCredentials, route.auth == .none {
            fault(
                location("routes", "\(index)", "queryCredentials"),
                "the route does not check tokens",
                hint: "set \"auth\": \"required\" or \"optional\""
            )
        }
        if route.forwardPhone, route.auth == .none {
            fault(
                location("routes", "\(index)", "forwardPhone"),
                "the route does not check tokens, so the user is unknown",
                hint: "set \"auth\": \"required\" or \"optional\""
            )
        }
    }

    private mutating func checkConflicts() {
        for conflict in RouteConflicts.find(in: configuration.routes) {
            let other = configuration.routes[conflict.earlier]
            fault(
                location("routes", "\(conflict.later)", "path"),
                "this route conflicts with /routes/\(conflict.earlier) (\(Printable.quoted(other.path.text))): "
                    + "both match \(conflict.example)",
                hint: "set \"priority\" on one of them"
            )
        }
    }
}
