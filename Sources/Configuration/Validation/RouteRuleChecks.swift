import JSON

/// What routes do to requests beyond forwarding them.
struct RouteRuleChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        for (index, route) in configuration.routes.enumerated() {
            let number = "\(index)"
            checkMethodOverride(of: route, at: number)
            if let rewrite = route.rewrite { check(rewrite, of: route, at: number) }
            if let cors = route.cors { check(cors, at: number) }
            if let upgrade = route.upgrade { check(upgrade, of: route, at: number) }
        }
    }

    // MARK: - Methods

    private mutating func checkMethodOverride(of route: RouteConfiguration, at number: String) {
        guard route.methodOverride else { return }
        let methods = RouteMethodSet(route)
        let honoured = RouteMethodSet([.patch, .put, .delete].map { RouteMethodSet($0) })
        if methods.isDisjoint(with: honoured) {
            fault(
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
            fault(
                location(["routes", number, "rewrite"] + keys.dropFirst().prefix(1)),
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
                fault(
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
            fault(
                location,
                "the route's path \(Printable.quoted(route.path.text)) does not begin with this prefix"
            )
        }
    }

    private mutating func check(_ template: RoutePattern, of route: RouteConfiguration, at number: String) {
        let location = location("routes", number, "rewrite", "template")
        guard route.path != .unset else { return }
        if template.segments.count(where: { $0 == .parameter }) != template.names.count {
            fault(
                location,
                "\"*\" does not name a segment of the route",
                hint: "name the segment here and in \"path\""
            )
        }
        if template.hasEmptyInside {
            fault(location, "the template has an empty segment, which services interpret differently")
        }
        if template.hasRest, !route.path.hasRest {
            fault(location, "the route's path does not end in \"/**\"")
        }
        for name in template.names.keys.sorted() where route.path.names[name] == nil {
            fault(
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
                fault(location("routes", number, "cors", "origins"), "\"*\" must be the only entry")
            }
            if cors.credentials {
                fault(
                    location("routes", number, "cors", "credentials"),
                    "with \"*\" any web page could use a user's cookies, and browsers refuse it",
                    hint: "list the origins"
                )
            }
        }
        if cors.maxAge.components.attoseconds != 0 {
            fault(location("routes", number, "cors", "maxAge"), "must be whole seconds")
        }
        for (key, names) in [("headers", cors.headers), ("expose", cors.expose)] {
            for (position, name) in names.enumerated() where name == "*" {
                fault(
                    location("routes", number, "cors", key, "\(position)"),
                    "\"*\" is not allowed here: list the headers"
                )
            }
        }
    }

    // MARK: - Other protocols

    private mutating func check(_ upgrade: UpgradeConfiguration, of route: RouteConfiguration, at number: String) {
        if upgrade.protocols.contains("websocket"), RouteMethodSet(route).isDisjoint(with: RouteMethodSet(.get)) {
            fault(
                location("routes", number, "upgrade", "protocols"),
                "a WebSocket handshake is a GET, which the route does not accept",
                hint: "add GET to \"methods\""
            )
        }
        if upgrade.whenTokenEnds == .keep, route.auth == .none {
            fault(
                location("routes", number, "upgrade", "whenTokenEnds"),
                "the route does not check tokens",
                hint: "remove the key, or set \"auth\""
            )
        }
    }
}
