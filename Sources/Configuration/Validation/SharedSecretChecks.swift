/// One secret that serves several purposes: who learns it in one place has the others too.
struct SharedSecretChecks: ConfigurationChecks {
    private struct Use {
        let path: [String]
        let secret: Secret
    }

    var context: CheckContext

    mutating func run() {
        var first: [[UInt8]: [String]] = [:]
        for use in uses() where !use.secret.bytes.isEmpty {
            guard let other = first[use.secret.bytes] else {
                first[use.secret.bytes] = use.path
                continue
            }
            warning(
                location(use.path),
                "is the same secret as /\(other.joined(separator: "/")): who learns one has both",
                hint: "generate another one with: openssl rand -base64 48"
            )
        }
    }

    private func uses() -> [Use] {
        var uses: [Use] = []
        func add(_ secret: Secret?, _ path: String...) {
            if let secret { uses.append(Use(path: path, secret: secret)) }
        }
        for (index, key) in configuration.tokens.signingKeys.enumerated() {
            add(key.secret, "tokens", "signingKeys", "\(index)", "secret")
            add(key.privateKey, "tokens", "signingKeys", "\(index)", "privateKey")
        }
        add(configuration.tokens.identityKey?.privateKey, "tokens", "identityKey", "privateKey")
        add(configuration.sessions.encryptionKey, "sessions", "encryptionKey")
        for (index, key) in configuration.sessions.formerEncryptionKeys.enumerated() {
            add(key, "sessions", "formerEncryptionKeys", "\(index)")
        }
        add(configuration.sessions.storePassword, "sessions", "storePassword")
        add(configuration.users.idKey, "users", "idKey")
        add(configuration.admin?.token, "admin", "token")
        // The stand-in accepts any secret, the same one for all apps too.
        for (index, app) in configuration.weChat.apps.enumerated()
        where (app.baseURL ?? configuration.weChat.baseURL).hasPrefix("https:") {
            add(app.secret, "wechat", "apps", "\(index)", "secret")
        }
        for (name, secret) in configuration.secrets.sorted(by: { $0.key < $1.key }) { add(secret, "secrets", name) }
        return uses
    }
}
