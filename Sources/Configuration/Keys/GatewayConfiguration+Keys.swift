extension GatewayConfiguration: ConfigurationSection {
    static let summary = "The configuration of a gateway: who connects, who logs in, and where requests go."

    static var keys: [Key<GatewayConfiguration>] {
        [
            .ignored("$schema", "Where editors find this schema. Read over."),
            .key(
                "listeners",
                \.listeners,
                .array(of: .section(), minimum: 1),
                required: true,
                "Where clients connect.",
                examples: [.array([.object([("address", .string("127.0.0.1:8080"))])])]
            ),
            .key(
                "trustedProxies",
                \.trustedProxies,
                .array(of: .addressRange, unique: \.description),
                "Peers, as addresses or blocks, whose x-forwarded-for, -proto, -host and x-request-id are believed. "
                    + "None where it is left out.",
                examples: [.array([.string("10.0.0.0/8"), .string("2001:db8::1")])]
            ),
            .key(
                "admin",
                \.admin,
                Kind<AdminConfiguration>.section().optional,
                "The port for operators. None where it is left out."
            ),
            .key(
                "wechat",
                \.weChat,
                .section(),
                required: true,
                "WeChat's Open API and the Mini Programs that log in here."
            ),
            .key("tokens", \.tokens, .section(), required: true, "How tokens are signed and verified."),
            .key("sessions", \.sessions, .section(), "Where users and sessions are kept."),
            .key("users", \.users, .section(), "How users are named."),
            .key("login", \.login, .section(), "Where the login endpoints are, and what they take."),
            .key("health", \.health, .section(), "Where health is told."),
            .key("limits", \.limits, .section(), "What a client may send at most."),
            .key("timeouts", \.timeouts, .section(), "How long a client may take."),
            .key(
                "accessLog",
                \.accessLog,
                .accessLog,
                "Where the access log goes: \"stdout\", \"off\", or a file path with a slash in it, relative to the "
                    + "working directory.",
                examples: [.string("var/access.log")]
            ),
            .key(
                "workers",
                \.workers,
                Kind<Int>.integer(1...64).optional,
                "The number of event loops. One per core where it is left out.",
                examples: [.integer(2)]
            ),
            .key(
                "statuses",
                \.statuses,
                .choice(),
                "The HTTP statuses of replies that the gateway makes: the real ones, or always 200 with the code in "
                    + "the body. An app or a route may say otherwise."
            ),
            .key(
                "clientKeys",
                \.clientKeys,
                .map(of: .section()),
                "Static keys that routes may demand of clients, by name.",
                examples: [
                    .object([("partners", .object([("sha256", .array([.string(String(repeating: "0", count: 64))]))]))])
                ]
            ),
            .key(
                "secrets",
                \.secrets,
                .map(of: .secret(minimumBytes: 1)),
                "What header rules may put into requests to services as `${secret:NAME}`, by name.",
                examples: [.object([("ordersKey", .object([("env", .string("ORDERS_KEY"))]))])]
            ),
            .key(
                "services",
                \.services,
                .map(of: .section()),
                required: true,
                "The services by name.",
                examples: [
                    .object([("orders", .object([("targets", .array([.string("http://127.0.0.1:9001")]))]))])
                ]
            ),
            .key(
                "routes",
                \.routes,
                .array(of: .section()),
                required: true,
                "The routes. Their order has no influence: the most specific one that takes a request gets it.",
                examples: [
                    .array([.object([("path", .string("/api/orders/**")), ("service", .string("orders"))])])
                ]
            ),
        ]
    }
}

extension ListenerConfiguration: ConfigurationSection {
    static let summary = "One address that clients connect to."

    static var keys: [Key<ListenerConfiguration>] {
        [
            .key(
                "address",
                \.address,
                .listenAddress,
                required: true,
                "Address and port; IPv6 in brackets; port 0 lets the kernel choose.",
                examples: [.string("127.0.0.1:8080"), .string("[::1]:8080")]
            )
        ]
    }
}

extension AdminConfiguration: ConfigurationSection {
    static let summary = "The port for operators."

    static var keys: [Key<AdminConfiguration>] {
        [
            .key(
                "address",
                \.address,
                .listenAddress,
                required: true,
                "Address and port; on loopback, unless `token` is set.",
                examples: [.string("127.0.0.1:9901")]
            ),
            .key(
                "token",
                \.token,
                Kind<Secret>.secret(minimumBytes: 32).optional,
                "What callers send in `authorization: Bearer`, at least 32 bytes. Without it only reading is allowed: calls "
                    + "that mint, bind, block, end or give out tokens are refused.",
                examples: [.object([("file", .string("keys/admin.token"))])]
            ),
            .key(
                "hosts",
                \.hosts,
                .array(of: .hostName, unique: \.description),
                "Names that requests may state in `host`, beside the connection's local address and, on loopback, "
                    + "`localhost`. A name without a port stands for every port.",
                examples: [.array([.string("menshen-admin.internal"), .string("localhost:19901")])]
            ),
        ]
    }
}
