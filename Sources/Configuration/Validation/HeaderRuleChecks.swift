/// Rules about header fields, of services and of routes.
struct HeaderRuleChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkServices()
        checkRoutes()
    }

    private mutating func checkServices() {
        for (name, service) in configuration.services.sorted(by: { $0.key < $1.key }) {
            for (key, rules) in [
                ("requestHeaders", service.requestHeaders), ("responseHeaders", service.responseHeaders),
            ] {
                check(rules, at: ["services", name, key], route: nil)
            }
        }
    }

    private mutating func checkRoutes() {
        for (index, route) in configuration.routes.enumerated() {
            for (key, rules) in [("requestHeaders", route.requestHeaders), ("responseHeaders", route.responseHeaders)] {
                check(rules, at: ["routes", "\(index)", key], route: route)
            }
        }
    }

    /// - Parameter route: nil for a service, which serves many.
    private mutating func check(_ rules: HeaderRulesConfiguration, at path: [String], route: RouteConfiguration?) {
        let set = Set(rules.set.map(\.name.text))
        for rule in rules.add where set.contains(rule.name.text) {
            fault(
                location(path + ["add", rule.name.written]),
                "is also in \"set\", which leaves a single value"
            )
        }
        for (position, name) in rules.remove.enumerated() where set.contains(name.text) {
            fault(
                location(path + ["remove", "\(position)"]),
                "is also in \"set\", which already replaces the field"
            )
        }
        for (key, list) in [("set", rules.set), ("add", rules.add)] {
            for rule in list {
                check(rule.value, at: location(path + [key, rule.name.written]), route: route)
            }
        }
    }

    private mutating func check(_ value: HeaderValue, at location: Location, route: RouteConfiguration?) {
        for piece in value.pieces {
            switch piece {
            case .text: break
            case .variable(let variable):
                if let route, route.auth == .none, variable.isOfUser {
                    fault(
                        location,
                        "the route does not check tokens, so \"${\(variable.rawValue)}\" never has a value",
                        hint: "set \"auth\": \"required\" or \"optional\""
                    )
                }
            case .secret(let name):
                if configuration.secrets[name] == nil, node("secrets", name) == nil {
                    fault(
                        location,
                        "no secret named \(Printable.quoted(name))",
                        hint: NameSuggestion.hint(for: name, among: configuration.secrets.keys.sorted())
                            ?? "define the secret in \"secrets\""
                    )
                }
            case .segment(let name):
                guard let route else {
                    fault(
                        location,
                        "a service can have many routes, so \"${route.\(name)}\" is not available here",
                        hint: "move the rule to the route"
                    )
                    continue
                }
                if route.path != .unset, route.path.names[name] == nil {
                    fault(
                        location,
                        "the route's path has no segment \"{\(name)}\"",
                        hint: NameSuggestion.hint(for: name, among: route.path.names.keys.sorted())
                    )
                }
            }
        }
    }
}
