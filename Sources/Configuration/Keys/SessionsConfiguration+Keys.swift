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
            ),
            .key(
                "resolve",
                \.resolve,
                Kind<UserResolverConfiguration>.section().optional,
                "The service that knows the users, where a team has users already: it is asked at each login."
            ),
            .key(
                "linkBy",
                \.linkBy,
                Kind<UserLink>.choice().optional,
                "What makes one user of one person's accounts in several apps. Each app has users of its own where it "
                    + "is left out."
            ),
        ]
    }
}

extension UserResolverConfiguration: ConfigurationSection {
    static let summary = "Which service knows the users."

    static var keys: [Key<UserResolverConfiguration>] {
        [
            .key(
                "service",
                \.service,
                .name,
                required: true,
                "The service that is asked.",
                examples: [.string("accounts")]
            ),
            .key(
                "path",
                \.path,
                .requestPath,
                required: true,
                "Gets POST with {\"appId\", \"openid\", \"unionid\"} and answers 200 with {\"userId\"}.",
                examples: [.string("/internal/wechat-users")]
            ),
            .key(
                "timeout",
                \.timeout,
                .duration(.milliseconds(1)...(.seconds(60))),
                "The longest that the service may take."
            ),
        ]
    }
}

extension LoginConfiguration: ConfigurationSection {
    static let summary = "Where the login endpoints are, what they take, and how often a client may use them."

    static var keys: [Key<LoginConfiguration>] {
        [
            .key(
                "path",
                \.path,
                .fixedPath,
                "The path above the login endpoints. No route may lie under it.",
                examples: [.string("/auth")]
            ),
            .key(
                "rate",
                \.rate,
                .integer(1...1_000_000),
                "Logins of one client address in a second. Beyond it: 429. Carriers put many users behind one address."
            ),
            .key(
                "sessionRate",
                \.sessionRate,
                .requestRate,
                "Calls of the login endpoints with the tokens of one session, in the long run. Beyond it: 429.",
                examples: [.string("2/s")]
            ),
            .key(
                "sessionBurst",
                \.sessionBurst,
                .integer(1...1_000_000),
                "How many calls with the tokens of one session may come at once after a pause."
            ),
            .key(
                "phoneBy",
                \.phoneBy,
                .choice(),
                "How a phone number may be sent. `code` is safer: a client can alter encrypted data without the key."
            ),
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
