package import Configuration
package import Logging
package import Sessions

/// Opens the store that the configuration names, as the gateway does.
package enum ConfiguredStore {
    /// The file may be another process's too: a gateway's that runs.
    package static func open(_ configuration: GatewayConfiguration, logger: Logger) throws -> any SessionStore {
        guard let firstKey = configuration.tokens.signingKeys.first?.secret.bytes else { throw TokenRulesError.noKey }
        let sealKey =
            try configuration.sessions.encryptionKey?.bytes
            ?? Assembly.derive(from: firstKey, for: "menshen session encryption")
        let formerKeys = configuration.sessions.formerEncryptionKeys.map(\.bytes)
        return try Assembly.makeStore(configuration.sessions, SessionKeyring([sealKey] + formerKeys), logger)
    }
}
