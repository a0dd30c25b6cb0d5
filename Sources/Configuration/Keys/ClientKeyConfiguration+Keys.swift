import Cryptography

extension ClientKeyConfiguration: ConfigurationSection {
    static let summary = "A static key that a route may demand of clients."

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
                "The request header that carries the key.",
                examples: [.string("x-partner-key")]
            ),
            .key(
                "sha256",
                \.digests,
                .array(of: .sha256, minimum: 1, unique: { Hex.encode($0.span) }),
                required: true,
                "SHA-256 of each key that is taken, in hexadecimal: `printf %s KEY | sha256sum`. Several while a key is "
                    + "changed."
            ),
        ]
    }
}
