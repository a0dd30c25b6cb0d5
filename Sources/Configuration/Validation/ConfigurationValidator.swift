import JSON

/// Checks across values: names that must resolve, values that must differ, paths that are reserved.
struct ConfigurationValidator {
    let configuration: GatewayConfiguration
    let root: JSONNode
    var reader: ConfigurationReader

    mutating func validate() {
        checkListeners()
        checkWeChat()
        checkWeChatConnections()
        checkTokens()
        checkClientKeys()
        checkSessions()
        checkSessionRate()
        checkReservedPaths()
        checkUsers()
        checkServices()
        checkRoutes()
        checkServiceRules()
        checkSecrets()
        checkConflicts()
        warnOfDerivedKeys()
        warnOfLiteralSecrets()
    }

    private mutating func checkListeners() {
        var seen: Set<ListenAddress> = []
        for (index, listener) in configuration.listeners.enumerated() {
            // Port 0 is another port each time.
            if listener.address != .unset, listener.address.port != 0, !seen.insert(listener.address).inserted {
                reader.fault(
                    location("listeners", "\(index)", "address"),
                    "\"\(listener.address)\" is listed twice"
                )
            }
        }
        guard let admin = configuration.admin, admin.address != .unset else { return }
        let location = location("admin", "address")
        if !admin.address.isLoopback, admin.token == nil, node("admin", "token") == nil {
            reader.fault(
                location,
                "without \"token\" the admin port is unprotected, so it must be on loopback",
                hint: "set \"token\", or write \"127.0.0.1:\(admin.address.port)\""
            )
        }
        if seen.contains(admin.address) {
            reader.fault(location, "\"\(admin.address)\" is already used by a listener", hint: "choose another port")
        }
    }

    private mutating func checkWeChat() {
        var seen: Set<String> = []
        for (index, app) in configuration.weChat.apps.enumerated()
        where !app.appID.isEmpty && !seen.insert(app.appID).inserted {
            reader.fault(
                location("wechat", "apps", "\(index)", "appId"),
                "the app \"\(app.appID)\" is listed twice"
            )
        }
        if configuration.weChat.connectTimeout > configuration.weChat.timeout {
            reader.fault(location("wechat", "connectTimeout"), "is longer than \"timeout\", which includes it")
        }
    }

    private mutating func checkClientKeys() {
        let used = Set(configuration.routes.compactMap(\.clientKey))
        for (name, key) in configuration.clientKeys.sorted(by: { $0.key < $1.key }) {
            if key.header == configuration.tokens.header {
                reader.fault(location("clientKeys", name, "header"), "is the header that carries the token")
            }
            if !used.contains(name) {
                reader.warning(location("clientKeys", name), "no route requires this key")
            }
        }
    }

    private mutating func checkUsers() {
        guard let resolver = configuration.users.resolve, !resolver.service.isEmpty,
            configuration.services[resolver.service] == nil
        else { return }
        reader.fault(
            location("users", "resolve", "service"),
            "no service named \(Printable.quoted(resolver.service))",
            hint: NameSuggestion.hint(for: resolver.service, among: configuration.services.keys.sorted())
        )
    }

    private mutating func checkSessions() {
        let sessions = configuration.sessions
        if sessions.lifetime.components.attoseconds != 0 {
            reader.fault(location("sessions", "lifetime"), "must be whole seconds")
        }
        if sessions.lifetime < configuration.tokens.lifetime {
            reader.fault(location("sessions", "lifetime"), "is shorter than \"tokens.lifetime\"")
        }
        if case .sqlite = sessions.store, sessions.storePassword != nil {
            reader.warning(location("sessions", "storePassword"), "has no effect: a SQLite store has no password")
        }
        if sessions.acceptUnsigned {
            let place = location("sessions", "acceptUnsigned")
            if case .sqlite = sessions.store {
                reader.warning(place, "has no effect: rows of a SQLite store have no signature")
            } else {
                reader.warning(
                    place,
                    "anybody who can write to Redis can be any user",
                    hint: "remove it when all users have logged in again or were imported again"
                )
            }
        }
        if sessions.encryptionKey == nil, node("sessions", "encryptionKey") == nil,
            !sessions.formerEncryptionKeys.isEmpty
        {
            reader.fault(
                location("sessions", "formerEncryptionKeys"),
                "needs \"encryptionKey\", which is not set",
                hint: "set \"encryptionKey\""
            )
        }
    }

    private mutating func warnOfDerivedKeys() {
        if configuration.sessions.encryptionKey == nil, node("sessions", "encryptionKey") == nil {
            reader.warning(
                location("sessions", "encryptionKey"),
                "not set, so it is derived from the first signing key: after a change of that key, stored session "
                    + "keys cannot be decrypted",
                hint: "set {\"file\": PATH}"
            )
        }
        if configuration.users.idKey == nil, node("users", "idKey") == nil {
            reader.warning(
                location("users", "idKey"),
                "not set, so it is derived from the first signing key: after a change of that key, every user gets "
                    + "a new id",
                hint: "set {\"file\": PATH}"
            )
        }
    }

    private mutating func warnOfLiteralSecrets() {
        // On loopback, without a proxy in front and with a stand-in behind (http is allowed for loopback only), this is
        // a development machine.
        let isDevelopment =
            configuration.listeners.allSatisfy(\.address.isLoopback) && configuration.trustedProxies.isEmpty
            && configuration.weChat.apps.allSatisfy { app in
                (app.baseURL ?? configuration.weChat.baseURL).hasPrefix("http:")
            }
        if isDevelopment { return }
        for location in reader.literalSecrets {
            reader.warning(
                location,
                "the file contains a secret in plain text",
                hint: "use {\"env\": NAME} or {\"file\": PATH}"
            )
        }
    }

    /// The place of a value; where it is not in the file, the pointer to it at the nearest that is.
    func location(_ names: String...) -> Location { location(names) }

    func location(_ names: [String]) -> Location {
        var node: JSONNode? = root
        var location = Location(offset: root.offset, pointer: "")
        for name in names {
            node = node.flatMap { child(of: $0, name) }
            location = location.member(name, offset: node?.offset ?? location.offset)
        }
        return location
    }

    func node(_ names: String...) -> JSONNode? {
        names.reduce(root) { node, name in node.flatMap { child(of: $0, name) } }
    }

    private func child(of node: JSONNode, _ name: String) -> JSONNode? {
        guard let elements = node.elements else { return node[name] }
        return Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
    }
}
