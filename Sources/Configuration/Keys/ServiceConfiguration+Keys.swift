extension ServiceConfiguration: ConfigurationSection {
    static let summary = "A back-end service."

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
                "The servers of the service: `http` or `https` with host and port, or `unix` with the path of a "
                    + "socket. Each is a URL, or an object of URL and weight.",
                examples: [
                    .array([.string("http://127.0.0.1:9001")]),
                    .array([
                        .string("unix:/run/orders.sock"),
                        .object([("url", .string("http://orders.internal:9001")), ("weight", .integer(3))]),
                    ]),
                ]
            ),
            .key("timeouts", \.timeouts, .section(), "Time-outs for the service."),
            .key(
                "serviceUnauthorized",
                \.serviceUnauthorized,
                .choice(),
                "How the service's 401 and 407 reach the client: as 403 or 502 with the service's status in the body, "
                    + "or unchanged (`pass`)."
            ),
            .key(
                "balance",
                \.balance,
                .balanceMethod,
                "How the gateway chooses a target: in turn by weight, the less busy of two, or by a hash of the user, "
                    + "the client address or a header value.",
                examples: [.string("least-request"), .object([("hash", .string("user"))])]
            ),
            .key(
                "slowStart",
                \.slowStart,
                .duration(.zero...Duration.seconds(3600)),
                "How long a recovering target gets less than its share of the requests (slow start)."
            ),
            .key(
                "health",
                \.health,
                ValueDecoder<HealthCheckConfiguration>.section().optional,
                "Health checks of the targets. If omitted, the gateway sends none."
            ),
            .key(
                "ejection",
                \.ejection,
                ValueDecoder<EjectionConfiguration>.section().optional,
                "Outlier detection: a target that fails too often is ejected, which means that it gets no requests for "
                    + "a while. At most half of the targets are ejected. If omitted, no target is ejected."
            ),
            .key(
                "whenAllDown",
                \.whenAllDown,
                .choice(),
                "What the gateway does if no target is healthy: respond at once, or send requests as if all targets "
                    + "were healthy."
            ),
            .key(
                "retries",
                \.retries,
                ValueDecoder<RetriesConfiguration>.section().optional,
                "When the gateway retries a request. If omitted, the gateway retries only if nothing was sent, or if a "
                    + "reused connection had closed."
            ),
            .key(
                "breaker",
                \.breaker,
                ValueDecoder<BreakerConfiguration>.section().optional,
                "The circuit breaker: if most requests fail, the gateway refuses further requests for a while. If "
                    + "omitted, there is no circuit breaker."
            ),
            .key(
                "connections",
                \.connections,
                ValueDecoder<Int>.integer(1...100_000).optional,
                "The maximum number of concurrent connections to the service, over all targets and workers. If "
                    + "omitted, there is no limit.",
                examples: [.integer(100)]
            ),
            .key(
                "waiting",
                \.waiting,
                .integer(0...100_000),
                "The maximum number of requests that wait for one of `connections`. A request waits at most for "
                    + "`timeouts.connect`."
            ),
            .key(
                "reuseConnections",
                \.reuseConnections,
                .boolean,
                "Whether a connection serves several requests. Set to `false` for a server that mishandles a kept "
                    + "connection: each request gets a connection of its own, with `connection: close`."
            ),
            .key(
                "identityToken",
                \.identityToken,
                .boolean,
                "Whether requests with a user carry `x-identity-token`: a JWT signed with `tokens.identityKey`, valid "
                    + "for 60 s, whose audience is this service."
            ),
            .key(
                "requestHeaders",
                \.requestHeaders,
                .headerRules(.request),
                "Changes to the header fields of requests to the service, on every route."
            ),
            .key(
                "responseHeaders",
                \.responseHeaders,
                .headerRules(.response),
                "Changes to the header fields of the service's responses, on every route."
            ),
            .key("tls", \.tls, .section(), "TLS to the https targets of the service."),
        ]
    }
}

extension ServiceTimeoutsConfiguration: ConfigurationSection {
    static let summary = "Time-outs for the service."

    static var keys: [Key<ServiceTimeoutsConfiguration>] {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        return [
            .key(
                "connect",
                \.connect,
                .duration(range),
                "The maximum time to resolve the target's name and to connect."
            ),
            .key(
                "tls",
                \.tls,
                .duration(range),
                "The maximum time for the TLS handshake of a new connection to an https target."
            ),
            .key(
                "firstByte",
                \.firstByte,
                .duration(range),
                "The maximum time from the end of the request to the end of the response's head."
            ),
            .key("idle", \.idle, .duration(range), "The maximum time between two parts of a response."),
            .key(
                "keepAlive",
                \.keepAlive,
                .duration(range),
                "How long an idle connection stays in the connection pool. Set less than the service's own keep-alive "
                    + "time. Otherwise requests meet connections that the service is closing."
            ),
            .key(
                "connectionAge",
                \.connectionAge,
                ValueDecoder<Duration>.duration(.seconds(1)...(.seconds(86_400))).optional,
                "The age, ± 10 %, after which a connection is retired: it finishes its request and gets no further "
                    + "one. If omitted, there is no limit.",
                examples: [.string("10m")]
            ),
            .key(
                "request",
                \.request,
                ValueDecoder<Duration>.duration(range).optional,
                "The maximum time from the first byte of the request to the last byte of the response, even while data "
                    + "moves. If omitted, there is no limit.",
                examples: [.string("60s")]
            ),
        ]
    }
}
