extension SessionsConfiguration: ConfigurationSection {
    static let summary = "Where users and sessions are kept, and how what is secret in them is encrypted."

    static var keys: [Key<SessionsConfiguration>] {
        [
            .key(
                "store",
                \.store,
                .sessionStore,
                "`sqlite:` and the path of the database file, relative to the working directory. Where several gateways "
                    + "share it: `redis://[username@]host[:port][/database]`, or `redis+unix:` and the path of a "
                    + "socket, with `?database=N` after it where it is not 0.",
                examples: [.string("redis://menshen@redis.internal:6379/0")]
            ),
            .key(
                "storePassword",
                \.storePassword,
                Kind<Secret>.secret(minimumBytes: 1).optional,
                "The password of a Redis store.",
                examples: [.object([("env", .string("MENSHEN_REDIS_PASSWORD"))])]
            ),
            .key(
                "encryptionKey",
                \.encryptionKey,
                Kind<Secret>.secret(minimumBytes: 32).optional,
                "Encrypts session_key, phone numbers and tokens at rest, at least 32 bytes. Derived from the first signing key, with a warning, "
                    + "where it is left out.",
                examples: [.object([("file", .string("keys/session.key"))])]
            ),
            .key(
                "formerEncryptionKeys",
                \.formerEncryptionKeys,
                .array(of: .secret(minimumBytes: 32)),
                "Former values of `encryptionKey`: what they encrypted can still be read, and is encrypted anew when it "
                    + "is next written.",
                examples: [.array([.object([("file", .string("keys/session-2025.key"))])])]
            ),
            .key(
                "lifetime",
                \.lifetime,
                .duration(.seconds(1)...(.seconds(365 * 86_400))),
                "How long a session lasts after its login, in whole seconds; at least as long as a token.",
                examples: [.string("90d")]
            ),
        ]
    }
}

extension UsersConfiguration: ConfigurationSection {
    static let summary = "How users are named."

    static var keys: [Key<UsersConfiguration>] {
        [
            .key(
                "idKey",
                \.idKey,
                Kind<Secret>.secret(minimumBytes: 32).optional,
                "The key that user ids are derived with, at least 32 bytes; another key gives every user another id. "
                    + "Derived from the first signing key, with a warning, where it is left out.",
                examples: [.object([("file", .string("keys/users.key"))])]
            )
        ]
    }
}

extension LoginConfiguration: ConfigurationSection {
    static let summary = "Where the login endpoints are."

    static var keys: [Key<LoginConfiguration>] {
        [
            .key(
                "path",
                \.path,
                .fixedPath,
                "The path above the login endpoints. No route may lie under it.",
                examples: [.string("/auth")]
            )
        ]
    }
}

extension HealthConfiguration: ConfigurationSection {
    static let summary = "Where health is told, on the admin port always."

    static var keys: [Key<HealthConfiguration>] {
        [
            .key("live", \.live, .fixedPath, "Answers 200 while the process runs."),
            .key(
                "ready",
                \.ready,
                .array(of: .fixedPath, minimum: 1, unique: { $0 }),
                "Each answers 200 while the gateway takes requests."
            ),
            .key(
                "traffic",
                \.traffic,
                .boolean,
                "Whether the traffic port answers these paths too, which reserves them there."
            ),
        ]
    }
}
