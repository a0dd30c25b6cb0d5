extension TokensConfiguration: ConfigurationSection {
    static let summary = "How tokens are signed and verified."

    /// Fields of framing and routing, and fields that are removed from client requests (contract, section 6).
    static let refusedHeaders: Set<String> = [
        "connection", "content-length", "content-type", "cookie", "expect", "forwarded", "host", "keep-alive",
        "proxy", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "via",
        "x-identity-token", "x-original-url", "x-real-ip", "x-request-id", "x-rewrite-url", "x-user-id", "x-user-phone",
        "x-http-method-override", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "traceparent",
    ]

    static var keys: [Key<TokensConfiguration>] {
        [
            .key(
                "issuer",
                \.issuer,
                .issuer,
                required: true,
                "The value of the claim `iss`, and the realm in `www-authenticate`.",
                examples: [.string("https://gateway.example.com")]
            ),
            .key(
                "lifetime",
                \.lifetime,
                .duration(TokenLifetime.range),
                "How long a token is valid, in whole seconds.",
                examples: [.string("60s")]
            ),
            .key(
                "renewBefore",
                \.renewBefore,
                ValueDecoder<Duration>.duration(TokenLifetime.range).optional,
                "How long before its expiry a token is renewed, in whole seconds and less than `lifetime`. If omitted, "
                    + "tokens are not renewed.",
                examples: [.string("20m")]
            ),
            .key(
                "header",
                \.header,
                // The name of WeChat's own client library (wafer) for its session, which no service of ours reads.
                .headerName(
                    refusing: refusedHeaders,
                    prefixes: ["x-wx-", "x-auth-"],
                    allowing: ["x-wx-skey"],
                    example: "x-token"
                ),
                "The request header that carries the token, with or without the prefix `Bearer `.",
                examples: [.string("x-token"), .string("x-wx-skey")]
            ),
            .key(
                "signingKeys",
                \.signingKeys,
                .array(of: .section(), minimum: 1),
                required: true,
                "The keys that sign and verify tokens. The first key signs. All keys verify, selected by `kid`."
            ),
            .key(
                "issuers",
                \.issuers,
                .array(of: .section()),
                "Other issuers whose tokens the gateway accepts."
            ),
            .key(
                "identityKey",
                \.identityKey,
                ValueDecoder<IdentityKeyConfiguration>.section().optional,
                "The key that signs the identity tokens for services with `identityToken`.",
                examples: [
                    .object([
                        ("id", .string("identity-2026-11")),
                        ("privateKey", .object([("file", .string("keys/identity.pem"))])),
                    ])
                ]
            ),
        ]
    }
}

extension SigningKeyConfiguration: ConfigurationSection {
    static let summary = "A key that signs or verifies tokens."

    static var keys: [Key<SigningKeyConfiguration>] {
        [
            .key(
                "id",
                \.id,
                .name,
                required: true,
                "The value of the header parameter `kid`.",
                examples: [.string("2026-11")]
            ),
            .key(
                "algorithm",
                \.algorithm,
                .choice(),
                required: true,
                "The only algorithm that the key is used with.",
                examples: [.string("HS256")]
            ),
            .key(
                "secret",
                \.secret,
                ValueDecoder<Secret>.secret(minimumBytes: 32).optional,
                "The HS256 key, at least 32 bytes.",
                examples: [.object([("file", .string("keys/token.key"))])]
            ),
            .key(
                "privateKey",
                \.privateKey,
                ValueDecoder<Secret>.secret(minimumBytes: 1).optional,
                "The private key for ES256, EdDSA or RS256, in PEM without a password. An RSA key must have 2048 to "
                    + "8192 bits.",
                examples: [.object([("file", .string("keys/token.pem"))])]
            ),
            .key(
                "publicKey",
                \.publicKey,
                ValueDecoder<Secret>.secret(minimumBytes: 1, isPublic: true).optional,
                "The public key in PEM, in place of `privateKey`, for a key that only verifies.",
                examples: [.object([("file", .string("keys/former.pub.pem"))])]
            ),
        ]
    }
}
