/// The store, its keys, and how users are named.
struct SessionChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkStore()
        checkUsers()
        warnOfDerivedKeys()
    }

    private mutating func checkStore() {
        let sessions = configuration.sessions
        if sessions.lifetime.components.attoseconds != 0 {
            fault(location("sessions", "lifetime"), "must be whole seconds")
        }
        if sessions.lifetime < configuration.tokens.lifetime {
            fault(location("sessions", "lifetime"), "is shorter than \"tokens.lifetime\"")
        }
        if case .sqlite = sessions.store, sessions.storePassword != nil {
            warning(location("sessions", "storePassword"), "has no effect: a SQLite store has no password")
        }
        if sessions.acceptUnsigned { warnOfUnsignedRows() }
        checkDatabase(of: sessions.store)
        if sessions.encryptionKey == nil, node("sessions", "encryptionKey") == nil,
            !sessions.formerEncryptionKeys.isEmpty
        {
            fault(
                location("sessions", "formerEncryptionKeys"),
                "needs \"encryptionKey\", which is not set",
                hint: "set \"encryptionKey\""
            )
        }
    }

    private mutating func warnOfUnsignedRows() {
        let place = location("sessions", "acceptUnsigned")
        if case .sqlite = configuration.sessions.store {
            warning(place, "has no effect: rows of a SQLite store have no signature")
        } else {
            warning(
                place,
                "anybody who can write to Redis can be any user",
                hint: "remove it when all users have logged in again or were imported again"
            )
        }
    }

    private mutating func checkDatabase(of store: SessionStoreLocation) {
        let database =
            switch store {
            case .redis(_, _, _, let database), .redisSocket(_, let database): database
            case .sqlite: 0
            }
        guard database > 15 else { return }
        warning(
            location("sessions", "store"),
            "Redis has the databases 0 to 15, unless its own configuration has more (\"databases\")",
            hint: "choose one of them"
        )
    }

    private mutating func checkUsers() {
        guard let resolver = configuration.users.resolve, !resolver.service.isEmpty,
            configuration.services[resolver.service] == nil
        else { return }
        fault(
            location("users", "resolve", "service"),
            "no service named \(Printable.quoted(resolver.service))",
            hint: NameSuggestion.hint(for: resolver.service, among: configuration.services.keys.sorted())
        )
    }

    private mutating func warnOfDerivedKeys() {
        if configuration.sessions.encryptionKey == nil, node("sessions", "encryptionKey") == nil {
            warning(
                location("sessions", "encryptionKey"),
                "not set, so it is derived from the first signing key: after a change of that key, stored session "
                    + "keys cannot be decrypted",
                hint: "set {\"file\": PATH}"
            )
        }
        if configuration.users.idKey == nil, node("users", "idKey") == nil {
            warning(
                location("users", "idKey"),
                "not set, so it is derived from the first signing key: after a change of that key, every user gets "
                    + "a new id",
                hint: "set {\"file\": PATH}"
            )
        }
    }
}
