package import Configuration
package import Logging
package import Sessions

/// Opens the store that the configuration names, as the gateway does.
package enum ConfiguredStore {
    /// An SQLite store is open on return, or this throws; another process, such as a running gateway, may use the same
    /// file. A Redis store connects when its server is available.
    package static func open(_ configuration: GatewayConfiguration, logger: Logger) throws -> any SessionStore {
        guard let firstKey = configuration.tokens.signingKeys.first?.keyMaterial else { throw TokenRulesError.noKey }
        let sealKey =
            try configuration.sessions.encryptionKey?.bytes
            ?? GatewayDependencies.derive(from: firstKey, for: "menshen session encryption")
        let formerKeys = configuration.sessions.formerEncryptionKeys.map(\.bytes)
        return try make(configuration.sessions, SessionKeyring([sealKey] + formerKeys), logger)
    }

    private static func make(
        _ configuration: SessionsConfiguration,
        _ keyring: SessionKeyring,
        _ logger: Logger
    ) throws -> any SessionStore {
        let endpoint: RedisAddress.Endpoint
        let (username, database): (String?, Int)
        switch configuration.store {
        case .sqlite(let path):
            do throws(SessionStoreOpenError) {
                return try SQLiteSessionStore(path: path, keyring: keyring)
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
        return RedisSessionStore(address: address, keyring: keyring) { logger.report($0) }
    }
}

extension Logger {
    /// One line per change of the store's server; without its address and its responses.
    fileprivate func report(_ event: RedisStoreEvent) {
        switch event {
        case .connected: info("the session store is connected")
        case .absent(let loss):
            error(
                "the session store is not reachable: until it is, logins fail and all tokens are refused",
                metadata: ["reason": "\(loss.reason)"]
            )
        case .lost(let loss):
            error(
                "the session store is unreachable: logins fail, valid tokens still work",
                metadata: ["reason": "\(loss.reason)"]
            )
        case .evicts(let policy):
            error(
                "the session store may evict sessions and revocations: set its maxmemory-policy to noeviction",
                metadata: ["policy": "\(policy)"]
            )
        case .ignored(let rows):
            warning(
                "the session store holds rows that no gateway wrote; they are ignored",
                metadata: ["rows": "\(rows)"]
            )
        case .restored(let changes):
            warning(
                "the session store had lost revocations; the gateway has restored them",
                metadata: ["changes": "\(changes)"]
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
