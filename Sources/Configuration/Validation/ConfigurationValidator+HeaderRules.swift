/// Checks of rules about header fields, and of the secrets that they name.
extension ConfigurationValidator {
    mutating func checkServiceRules() {
        for (name, service) in configuration.services.sorted(by: { $0.key < $1.key }) {
            for (key, rules) in [
                ("requestHeaders", service.requestHeaders), ("responseHeaders", service.responseHeaders),
            ] {
                check(rules, at: ["services", name, key], route: nil)
            }
        }
    }

    mutating func checkSecrets() {
        let rules = configuration.routes.map(\.requestHeaders) + configuration.services.values.map(\.requestHeaders)
        var used: Set<String> = []
        for rule in rules.flatMap({ $0.set + $0.add }) {
            for case .secret(let name) in rule.value.pieces { used.insert(name) }
        }
        for (name, secret) in configuration.secrets.sorted(by: { $0.key < $1.key }) {
            let location = location("secrets", name)
            if !secret.bytes.allSatisfy({ (0x21...0x7E).contains($0) || $0 == 0x20 || $0 >= 0x80 }) {
                reader.fault(location, "the secret contains bytes that are not allowed in a header field")
            }
            if !used.contains(name) {
                reader.warning(location, "no header rule uses this secret")
            }
        }
    }

    /// - Parameter route: nil for a service, which serves many.
    mutating func check(_ rules: HeaderRulesConfiguration, at path: [String], route: RouteConfiguration?) {
        let set = Set(rules.set.map(\.name.text))
        for rule in rules.add where set.contains(rule.name.text) {
            reader.fault(
                location(path + ["add", rule.name.written]),
                "is also in \"set\", which leaves a single value"
            )
        }
        for (position, name) in rules.remove.enumerated() where set.contains(name.text) {
            reader.fault(
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
                    reader.fault(
                        location,
                        "the route does not check tokens, so \"${\(variable.rawValue)}\" never has a value",
                        hint: "set \"auth\": \"required\" or \"optional\""
                    )
                }
            case .secret(let name):
                if configuration.secrets[name] == nil, node("secrets", name) == nil {
                    reader.fault(
                        location,
                        "no secret named \(Printable.quoted(name))",
                        hint: NameSuggestion.hint(for: name, among: configuration.secrets.keys.sorted())
                            ?? "define the secret in \"secrets\""
                    )
                }
            case .segment(let name):
                guard let route else {
                    reader.fault(
                        location,
                        "a service can have many routes, so \"${route.\(name)}\" is not available here",
                        hint: "move the rule to the route"
                    )
                    continue
                }
                if route.path != .unset, route.path.names[name] == nil {
                    reader.fault(
                        location,
                        "the route's path has no segment \"{\(name)}\"",
                        hint: NameSuggestion.hint(for: name, among: route.path.names.keys.sorted())
                    )
                }
            }
        }
    }
}
