/// Client keys, the secrets that header rules name, and secrets in the file itself.
struct SecretChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkClientKeys()
        checkSecrets()
        warnOfLiteralSecrets()
    }

    private mutating func checkClientKeys() {
        var used = Set(configuration.routes.compactMap(\.clientKey))
        used.formUnion(context.meant(by: used, among: configuration.clientKeys.keys))
        for (name, key) in configuration.clientKeys.sorted(by: { $0.key < $1.key }) {
            if key.header == configuration.tokens.header {
                fault(location("clientKeys", name, "header"), "is the header that carries the token")
            }
            if !used.contains(name) {
                warning(location("clientKeys", name), "no route requires this key")
            }
        }
    }

    private mutating func checkSecrets() {
        let rules = configuration.routes.map(\.requestHeaders) + configuration.services.values.map(\.requestHeaders)
        var used: Set<String> = []
        for rule in rules.flatMap({ $0.set + $0.add }) {
            for case .secret(let name) in rule.value.pieces { used.insert(name) }
        }
        used.formUnion(context.meant(by: used, among: configuration.secrets.keys))
        for (name, secret) in configuration.secrets.sorted(by: { $0.key < $1.key }) {
            let location = location("secrets", name)
            if !secret.bytes.allSatisfy({ (0x21...0x7E).contains($0) || $0 == 0x20 || $0 >= 0x80 }) {
                fault(location, "the secret contains bytes that are not allowed in a header field")
            }
            if !used.contains(name) {
                warning(location, "no header rule uses this secret")
            }
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
        for location in context.reader.literalSecrets {
            warning(
                location,
                "the file contains a secret in plain text",
                hint: "use {\"env\": NAME} or {\"file\": PATH}"
            )
        }
    }
}
