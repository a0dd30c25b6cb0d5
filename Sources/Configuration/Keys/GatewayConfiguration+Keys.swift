extension GatewayConfiguration: ConfigurationSection {
    static let summary = "The configuration of a Menshen gateway: listeners, logins, tokens, services and routes."

    static var keys: [Key<GatewayConfiguration>] {
        [
            .ignored("$schema", "The location of this schema, for editors. The gateway ignores this key."),
            .key(
                "listeners",
                \.listeners,
                .array(of: .section(), minimum: 1),
                required: true,
                "The addresses that the gateway listens on.",
                examples: [.array([.object([("address", .string("127.0.0.1:8080"))])])]
            ),
            .key(
                "trustedProxies",
                \.trustedProxies,
                .array(of: .addressRange, unique: \.description),
                "Addresses or networks of the proxies whose x-forwarded-for, -proto, -host and x-request-id the "
                    + "gateway trusts. If omitted, none.",
                examples: [.array([.string("10.0.0.0/8"), .string("2001:db8::1")])]
            ),
            .key(
                "admin",
                \.admin,
                ValueDecoder<AdminConfiguration>.section().optional,
                "The admin port, for operators. If omitted, there is no admin port."
            ),
            .key(
                "wechat",
                \.weChat,
                .section(),
                required: true,
                "WeChat's Open API, and the Mini Programs whose users log in."
            ),
            .key("tokens", \.tokens, .section(), required: true, "How tokens are signed and verified."),
            .key("sessions", \.sessions, .section(), "Where users and sessions are stored."),
            .key("users", \.users, .section(), "How user ids are assigned."),
            .key("login", \.login, .section(), "The login endpoints: path, rates and accepted data."),
            .key("health", \.health, .section(), "The paths of the health endpoints."),
            .key("limits", \.limits, .section(), "Limits on what clients and services may send."),
            .key("timeouts", \.timeouts, .section(), "Time-outs for clients and for shutdown."),
            .key(
                "accessLog",
                \.accessLog,
                .accessLog,
                "Where the access log goes: \"stdout\", \"off\", or a file path that contains a slash, relative to the "
                    + "working directory.",
                examples: [.string("var/access.log")]
            ),
            .key(
                "workers",
                \.workers,
                ValueDecoder<Int>.integer(1...64).optional,
                "The number of event loops. If omitted, one per processor that the process may use.",
                examples: [.integer(2)]
            ),
            .key(
                "statuses",
                \.statuses,
                .choice(),
                "The HTTP statuses of local replies, the responses that the gateway makes itself: the real statuses, "
                    + "or always 200 with the code in the body. An app or a route may override this value."
            ),
            .key(
                "clientKeys",
                \.clientKeys,
                .map(of: .section()),
                "Static keys that routes may require of clients, by name.",
                examples: [
                    .object([("partners", .object([("sha256", .array([.string(String(repeating: "0", count: 64))]))]))])
                ]
            ),
            .key(
                "secrets",
                \.secrets,
                .map(of: .secret(minimumBytes: 1)),
                "Secrets by name. Header rules insert them into requests to services as `${secret:NAME}`.",
                examples: [.object([("ordersKey", .object([("env", .string("ORDERS_KEY"))]))])]
            ),
            .key(
                "services",
                \.services,
                .map(of: .section()),
                required: true,
                "The services, by name.",
                examples: [
                    .object([("orders", .object([("targets", .array([.string("http://127.0.0.1:9001")]))]))])
                ]
            ),
            .key(
                "routes",
                \.routes,
                .array(of: .section()),
                required: true,
                "The routes. Their order does not matter: the most specific route that matches a request gets the "
                    + "request.",
                examples: [
                    .array([.object([("path", .string("/api/orders/**")), ("service", .string("orders"))])])
                ]
            ),
        ]
    }
}

extension ListenerConfiguration: ConfigurationSection {
    static let summary = "One address that the gateway listens on."

    static var keys: [Key<ListenerConfiguration>] {
        [
            .key(
                "address",
                \.address,
                .listenAddress,
                required: true,
                "IP address or `localhost`, and port. Write IPv6 in brackets. Port 0 lets the kernel choose a port.",
                examples: [.string("127.0.0.1:8080"), .string("[::1]:8080")]
            )
        ]
    }
}

extension AdminConfiguration: ConfigurationSection {
    static let summary = "The admin port, for operators."

    static var keys: [Key<AdminConfiguration>] {
        [
            .key(
                "address",
                \.address,
                .listenAddress,
                required: true,
                "The address of the admin port. Without `token`, this address must be on loopback.",
                examples: [.string("127.0.0.1:9901")]
            ),
            .key(
                "token",
                \.token,
                ValueDecoder<Secret>.secret(minimumBytes: 32).optional,
                "The secret that callers send in `authorization: Bearer`, at least 32 bytes. If omitted, the admin "
                    + "port is read-only: calls that mint, bind, block, end or give out tokens are refused.",
                examples: [.object([("file", .string("keys/admin.token"))])]
            ),
            .key(
                "hosts",
                \.hosts,
                .array(of: .hostName, unique: \.description),
                "Host names that requests may send in `host`, besides the connection's local address and, on loopback, "
                    + "`localhost`. A name without a port matches every port.",
                examples: [.array([.string("menshen-admin.internal"), .string("localhost:19901")])]
            ),
        ]
    }
}
