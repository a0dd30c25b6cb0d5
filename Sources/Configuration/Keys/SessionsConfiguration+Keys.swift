extension SessionsConfiguration: ConfigurationSection {
    static let summary = "Where users and sessions are stored, and how their secrets are encrypted."

    static var keys: [Key<SessionsConfiguration>] {
        [
            .key(
                "store",
                \.store,
                .sessionStore,
                "`sqlite:` and the path of the database file, relative to the working directory. For a store that "
                    + "several gateways share: `redis://[username@]host[:port][/database]`, or `redis+unix:` and the "
                    + "path of a socket, followed by `?database=N` unless the database is 0.",
                examples: [.string("redis://menshen@redis.internal:6379/0")]
            ),
            .key(
                "storePassword",
                \.storePassword,
                ValueDecoder<Secret>.secret(minimumBytes: 1).optional,
                "The password of the Redis store.",
                examples: [.object([("env", .string("MENSHEN_REDIS_PASSWORD"))])]
            ),
            .key(
                "encryptionKey",
                \.encryptionKey,
                ValueDecoder<Secret>.secret(minimumBytes: 32).optional,
                "The key that encrypts session_key, phone numbers and tokens at rest, at least 32 bytes. If omitted, "
                    + "it is derived from the first signing key, with a warning.",
                examples: [.object([("file", .string("keys/session.key"))])]
            ),
            .key(
                "formerEncryptionKeys",
                \.formerEncryptionKeys,
                .array(of: .secret(minimumBytes: 32)),
                "Former values of `encryptionKey`. Rows encrypted with a former key stay readable. The next write "
                    + "encrypts a row with the current key.",
                examples: [.array([.object([("file", .string("keys/session-2025.key"))])])]
            ),
            .key(
                "acceptUnsigned",
                \.acceptUnsigned,
                .boolean,
                "Whether rows in Redis without a signature are accepted: user ids and changes that an earlier version "
                    + "wrote. Anybody who can write to Redis can forge such rows."
            ),
            .key(
                "lifetime",
                \.lifetime,
                .duration(.seconds(1)...(.seconds(365 * 86_400))),
                "How long a session lasts after its login, in whole seconds, at least `tokens.lifetime`.",
                examples: [.string("90d")]
            ),
        ]
    }
}

extension UsersConfiguration: ConfigurationSection {
    static let summary = "How user ids are assigned."

    static var keys: [Key<UsersConfiguration>] {
        [
            .key(
                "idKey",
                \.idKey,
                ValueDecoder<Secret>.secret(minimumBytes: 32).optional,
                "The key that user ids are derived with, at least 32 bytes. Another key gives every user another id. "
                    + "If omitted, it is derived from the first signing key, with a warning.",
                examples: [.object([("file", .string("keys/users.key"))])]
            ),
            .key(
                "resolve",
                \.resolve,
                ValueDecoder<UserResolverConfiguration>.section().optional,
                "The team's own service that maps WeChat users to existing user ids. The gateway calls this service at "
                    + "each login."
            ),
            .key(
                "linkBy",
                \.linkBy,
                ValueDecoder<UserLink>.choice().optional,
                "`unionid`: one person's accounts in several apps are one user. If omitted, each app has its own "
                    + "users."
            ),
        ]
    }
}

extension UserResolverConfiguration: ConfigurationSection {
    static let summary = "The service that maps WeChat users to existing user ids."

    static var keys: [Key<UserResolverConfiguration>] {
        [
            .key(
                "service",
                \.service,
                .name,
                required: true,
                "The name of the service.",
                examples: [.string("accounts")]
            ),
            .key(
                "path",
                \.path,
                .requestPath,
                required: true,
                "The path that the gateway calls with POST and {\"appId\", \"openid\", \"unionid\"}. The service "
                    + "responds 200 with {\"userId\"}.",
                examples: [.string("/internal/wechat-users")]
            ),
            .key(
                "timeout",
                \.timeout,
                .duration(.milliseconds(1)...(.seconds(60))),
                "The maximum duration of the call."
            ),
        ]
    }
}

extension LoginConfiguration: ConfigurationSection {
    static let summary = "The login endpoints: path, rates and accepted data."

    static var keys: [Key<LoginConfiguration>] {
        [
            .key(
                "path",
                \.path,
                .fixedPath,
                "The path prefix of the login endpoints. No route may lie under this path.",
                examples: [.string("/auth")]
            ),
            .key(
                "rate",
                \.rate,
                .integer(1...1_000_000),
                "The maximum number of logins per second from one client address. Beyond this rate: 429. Mobile "
                    + "carriers put many users behind one address."
            ),
            .key(
                "sessionRate",
                \.sessionRate,
                .requestRate,
                "The sustained rate of calls to the login endpoints with the tokens of one session. Beyond this rate: "
                    + "429.",
                examples: [.string("2/s")]
            ),
            .key(
                "sessionBurst",
                \.sessionBurst,
                .integer(1...1_000_000),
                "The number of calls with the tokens of one session that may arrive at once after a pause."
            ),
            .key(
                "phoneBy",
                \.phoneBy,
                .choice(),
                "How clients may send a phone number. `code` is safer: a client can alter encrypted data without the "
                    + "key."
            ),
        ]
    }
}

extension HealthConfiguration: ConfigurationSection {
    static let summary = "The paths of the health endpoints. The admin port always serves them."

    static var keys: [Key<HealthConfiguration>] {
        [
            .key("live", \.live, .healthPath, "The liveness path. The gateway responds 200 while the process runs."),
            .key(
                "ready",
                \.ready,
                .array(of: .healthPath, minimum: 1, unique: { $0 }),
                "The readiness paths. The gateway responds 200 while it accepts requests."
            ),
            .key(
                "traffic",
                \.traffic,
                .boolean,
                "Whether the traffic port serves these paths too. No route may then have one of these paths."
            ),
        ]
    }
}
