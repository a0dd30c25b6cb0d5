import Cryptography

extension ClientKeyConfiguration: ConfigurationSection {
    static let summary = "A static key that a route may require of clients."

    static var keys: [Key<ClientKeyConfiguration>] {
        [
            .key(
                "header",
                \.header,
                .headerName(
                    refusing: TokensConfiguration.refusedHeaders.union(["authorization"]),
                    prefixes: ["x-wx-", "x-auth-"],
                    example: "x-partner-key"
                ),
                "The request header that carries the client key.",
                examples: [.string("x-partner-key")]
            ),
            .key(
                "sha256",
                \.digests,
                .array(of: .sha256, minimum: 1, unique: { Hex.encode($0.span) }),
                required: true,
                "The SHA-256 digest of each accepted key, in hexadecimal: `printf %s KEY | sha256sum`. List several "
                    + "digests while you replace a key."
            ),
        ]
    }
}
