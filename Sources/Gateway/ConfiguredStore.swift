package import Configuration
package import Logging
package import Sessions

/// Opens the store that the configuration names, as the gateway does.
package enum ConfiguredStore {
    /// An SQLite store is open on return, or this throws; another process, such as a running gateway, may use the same
    /// file. A Redis store connects when its server is available.
    package static func open(_ configuration: GatewayConfiguration, logger: Logger) throws -> any SessionStore {
        try open(configuration, isAlone: false, log: LimitedLog(logger))
    }

    /// The same for a gateway, where `isAlone`: no other gateway may use the same SQLite file.
    static func open(
        _ configuration: GatewayConfiguration,
        isAlone: Bool,
        log: LimitedLog
    ) throws -> any SessionStore {
        guard let firstKey = configuration.tokens.signingKeys.first?.keyMaterial else { throw TokenRulesError.noKey }
        let sealKey =
            try configuration.sessions.encryptionKey?.bytes
            ?? GatewayDependencies.derive(from: firstKey, for: "menshen session encryption")
        let formerKeys = configuration.sessions.formerEncryptionKeys.map(\.bytes)
        let acceptsUnsigned = configuration.sessions.acceptUnsigned
        let keyring = try SessionKeyring([sealKey] + formerKeys, acceptsUnsigned: acceptsUnsigned)
        return try make(configuration.sessions, keyring, isAlone: isAlone, log)
    }

    private static func make(
        _ configuration: SessionsConfiguration,
        _ keyring: SessionKeyring,
        isAlone: Bool,
        _ log: LimitedLog
    ) throws -> any SessionStore {
        let endpoint: RedisAddress.Endpoint
        let (username, database): (String?, Int)
        switch configuration.store {
        case .sqlite(let path):
            do throws(SessionStoreOpenError) {
                return try SQLiteSessionStore(
                    path: path,
                    keyring: keyring,
                    isAlone: isAlone,
                    log: { log.report($0) }
                )
            } catch {
                throw GatewayStartFailure(store: path, error)
            }
        case .redis(let host, let port, let name, let number):
            (endpoint, username, database) = (.tcp(host: host, port: port), name, number)
        case .redisSocket(let path, let number):
            (endpoint, username, database) = (.unix(path: path), nil, number)
        }
        let address = RedisAddress(
            endpoint: endpoint,
            username: username,
            password: configuration.storePassword?.bytes,
            database: database
        )
        return RedisSessionStore(address: address, keyring: keyring) { log.report($0) }
    }
}

/// Lines about the store's server or file: requests cause some of them. Without its address and its responses.
extension LimitedLog {
    fileprivate func report(_ event: SQLiteStoreEvent) {
        switch event {
        case .failing(let reason):
            write(
                LogKind(
                    .error,
                    "the session store fails: logins, logouts and blocks fail, valid tokens still work",
                    ["reason": reason]
                )
            )
        case .working: write(LogKind(.info, "the session store works again"))
        }
    }

    /// One line per change of the server's state.
    fileprivate func report(_ event: RedisStoreEvent) {
        switch event {
        case .connected: write(LogKind(.info, "the session store is connected"))
        case .absent(let loss):
            write(
                LogKind(
                    .error,
                    "the session store is not reachable: until it is, logins fail and all tokens are refused",
                    ["reason": loss.reason]
                )
            )
        case .lost(let loss):
            write(
                LogKind(
                    .error,
                    "the session store is unreachable: logins fail, valid tokens still work",
                    ["reason": loss.reason]
                )
            )
        case .evicts(let policy):
            write(
                LogKind(
                    .error,
                    "the session store may evict sessions and revocations: set its maxmemory-policy to noeviction",
                    ["policy": policy]
                )
            )
        case .refuses(let kind, let words):
            write(
                LogKind(
                    .error,
                    "the session store refuses writes: logins fail, valid tokens still work",
                    ["reason": kind]
                ),
                ["words": "\(words)"]
            )
        case .accepts: write(LogKind(.info, "the session store takes writes again"))
        case .failed(let kind):
            write(LogKind(.warning, "the session store failed a request", ["reason": kind]))
        case .ignored(let rows):
            write(
                LogKind(.warning, "the session store holds rows that no gateway wrote; they are ignored"),
                ["rows": "\(rows)"]
            )
        case .restored(let changes):
            write(
                LogKind(.warning, "the session store had lost revocations; the gateway has restored them"),
                ["changes": "\(changes)"]
            )
        }
    }
}

extension RedisStoreEvent.Loss {
    fileprivate var reason: String {
        switch self {
        case .connection: "no connection"
        case .timeout: "time-out"
        case .malformed: "the server is not Redis"
        case .refused(let kind): "the server refuses: \(kind)"
        }
    }
}
