extension ServiceConfiguration: ConfigurationSection {
    static let summary = "A back end."

    static var keys: [Key<ServiceConfiguration>] {
        [
            .key(
                "targets",
                \.targets,
                .array(
                    of: .serviceTarget,
                    minimum: 1,
                    maximum: ServiceConfiguration.targetLimit,
                    unique: \.address.description
                ),
                required: true,
                "Its servers: http or https, host and port, or unix and the path of a socket; each alone or with a weight.",
                examples: [
                    .array([.string("http://127.0.0.1:9001")]),
                    .array([
                        .string("unix:/run/orders.sock"),
                        .object([("url", .string("http://orders.internal:9001")), ("weight", .integer(3))]),
                    ]),
                ]
            ),
            .key("timeouts", \.timeouts, .section(), "How long the service may take."),
            .key(
                "serviceUnauthorized",
                \.serviceUnauthorized,
                .choice(),
                "What the service's 401 and 407 become for the client: 403 or 502 with the service's status inside, or "
                    + "passed as they are."
            ),
            .key(
                "balance",
                \.balance,
                .balanceMethod,
                "Which target gets a request: in turn by weight, the less busy of two, or always the same one for a user, "
                    + "a client's address or a header's value.",
                examples: [.string("least-request"), .object([("hash", .string("user"))])]
            ),
            .key(
                "slowStart",
                \.slowStart,
                .duration(.zero...Duration.seconds(3600)),
                "How long a target that returns gets less than its share."
            ),
            .key(
                "health",
                \.health,
                Kind<HealthCheckConfiguration>.section().optional,
                "How targets are asked whether they are well. They are not asked where it is left out."
            ),
            .key(
                "ejection",
                \.ejection,
                Kind<EjectionConfiguration>.section().optional,
                "When a target that fails gets no requests for a while, never more than half of them. Never where it is "
                    + "left out."
            ),
            .key(
                "whenAllDown",
                \.whenAllDown,
                .choice(),
                "Where no target is well: answer at once, or send as though all were well."
            ),
            .key(
                "retries",
                \.retries,
                Kind<RetriesConfiguration>.section().optional,
                "When a request is sent again. Only where nothing was sent, or a connection used before had closed, where "
                    + "it is left out."
            ),
            .key(
                "breaker",
                \.breaker,
                Kind<BreakerConfiguration>.section().optional,
                "When requests are refused for a while because most fail. Never where it is left out."
            ),
            .key(
                "connections",
                \.connections,
                Kind<Int>.integer(1...100_000).optional,
                "Connections to it at a time, over all targets. No limit where it is left out.",
                examples: [.integer(100)]
            ),
            .key(
                "waiting",
                \.waiting,
                .integer(0...100_000),
                "Requests that may wait for one of `connections`, for as long as `timeouts.connect`."
            ),
            .key(
                "identityToken",
                \.identityToken,
                .boolean,
                "Whether requests with a user carry `x-identity-token`, a JWT of 60 s that is signed with "
                    + "`tokens.identityKey` and made out to this service."
            ),
            .key(
                "requestHeaders",
                \.requestHeaders,
                .headerRules(.request),
                "What becomes of the header fields of requests to the service, whichever route they come by."
            ),
            .key(
                "responseHeaders",
                \.responseHeaders,
                .headerRules(.response),
                "What becomes of the header fields of the service's answers, whichever route they go by."
            ),
            .key("tls", \.tls, .section(), "How its https targets are spoken to."),
        ]
    }
}

extension ServiceTimeoutsConfiguration: ConfigurationSection {
    static let summary = "How long a service may take."

    static var keys: [Key<ServiceTimeoutsConfiguration>] {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        return [
            .key("connect", \.connect, .duration(range), "To resolve its name and accept a connection."),
            .key("tls", \.tls, .duration(range), "For the TLS handshake of a new connection to an https target."),
            .key(
                "firstByte",
                \.firstByte,
                .duration(range),
                "From the end of the request to the first byte of the answer."
            ),
            .key("idle", \.idle, .duration(range), "Between two parts of an answer."),
            .key(
                "keepAlive",
                \.keepAlive,
                .duration(range),
                "How long an unused connection is kept. Less than the service keeps it, or requests meet its close."
            ),
            .key(
                "connectionAge",
                \.connectionAge,
                Kind<Duration>.duration(.seconds(1)...(.seconds(86_400))).optional,
                "The age, give or take 10 %, after which a connection is retired: it finishes its request and gets no "
                    + "further one. No limit where it is left out.",
                examples: [.string("10m")]
            ),
            .key(
                "request",
                \.request,
                Kind<Duration>.duration(range).optional,
                "From the request's first byte to the answer's last, whatever moves. No limit where it is left out.",
                examples: [.string("60s")]
            ),
        ]
    }
}
