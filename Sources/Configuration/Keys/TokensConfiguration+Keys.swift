extension TokensConfiguration: ConfigurationSection {
    static let summary = "How tokens are signed and verified."

    /// Fields of framing and routing, and those that are removed from what a client sends (contract, section 6).
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
                "The claim `iss`, and the realm of `www-authenticate`.",
                examples: [.string("https://gateway.example.com")]
            ),
            .key(
                "lifetime",
                \.lifetime,
                .duration(.seconds(1)...(.seconds(30 * 86_400))),
                "How long a token is valid, in whole seconds.",
                examples: [.string("60s")]
            ),
            .key(
                "renewBefore",
                \.renewBefore,
                Kind<Duration>.duration(.seconds(1)...(.seconds(30 * 86_400))).optional,
                "How long before its end a token gets its successor, in whole seconds and less than `lifetime`. Never "
                    + "where it is left out.",
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
                "The request header that carries the token, with or without `Bearer ` before it.",
                examples: [.string("x-token"), .string("x-wx-skey")]
            ),
            .key(
                "signingKeys",
                \.signingKeys,
                .array(of: .section(), minimum: 1),
                required: true,
                "The first signs, all verify, chosen by `kid`."
            ),
            .key(
                "issuers",
                \.issuers,
                .array(of: .section()),
                "Whose tokens are taken besides the gateway's own."
            ),
            .key(
                "identityKey",
                \.identityKey,
                Kind<IdentityKeyConfiguration>.section().optional,
                "Signs the identity tokens that services with `identityToken` get.",
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
    static let summary = "One key that tokens are signed and verified with."

    static var keys: [Key<SigningKeyConfiguration>] {
        [
            .key("id", \.id, .name, required: true, "The header parameter `kid`.", examples: [.string("2026-11")]),
            .key(
                "algorithm",
                \.algorithm,
                .choice(),
                required: true,
                "The only algorithm the key is used with.",
                examples: [.string("HS256")]
            ),
            .key(
                "secret",
                \.secret,
                Kind<Secret>.secret(minimumBytes: 32).optional,
                "The key of HS256, at least 32 bytes.",
                examples: [.object([("file", .string("keys/token.key"))])]
            ),
            .key(
                "privateKey",
                \.privateKey,
                Kind<Secret>.secret(minimumBytes: 1).optional,
                "The key of ES256, EdDSA or RS256: PEM without a password. An RSA key has 2048 to 8192 bits.",
                examples: [.object([("file", .string("keys/token.pem"))])]
            ),
            .key(
                "publicKey",
                \.publicKey,
                Kind<Secret>.secret(minimumBytes: 1, isPublic: true).optional,
                "Instead of `privateKey`, for a key that verifies only: PEM with the public half.",
                examples: [.object([("file", .string("keys/former.pub.pem"))])]
            ),
        ]
    }
}
