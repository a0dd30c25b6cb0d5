package import Configuration
package import Sessions

/// Opens the store that the configuration names, as the gateway does.
package enum ConfiguredStore {
    /// The file may be another process's too: a gateway's that runs.
    package static func open(_ configuration: GatewayConfiguration) throws -> any SessionStore {
        guard let firstKey = configuration.tokens.signingKeys.first?.secret.bytes else { throw TokenRulesError.noKey }
        let sealKey =
            try configuration.sessions.encryptionKey?.bytes
            ?? Assembly.derive(from: firstKey, for: "menshen session encryption")
        let path =
            switch configuration.sessions.store {
            case .sqlite(let path): path
            }
        do {
            return try SQLiteSessionStore(path: path, keyring: SessionKeyring([sealKey]))
        } catch let error as SessionStoreOpenError {
            throw GatewayStartFailure(store: path, error)
        }
    }
}
