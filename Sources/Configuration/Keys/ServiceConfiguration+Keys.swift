extension ServiceConfiguration: ConfigurationSection {
    static let summary = "A back end."

    static var keys: [Key<ServiceConfiguration>] {
        [
            .key(
                "targets",
                \.targets,
                .array(of: .serviceAddress, minimum: 1, unique: \.description),
                required: true,
                "Its servers: http or https, host and port.",
                examples: [.array([.string("http://127.0.0.1:9001")])]
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
            .key("connect", \.connect, .duration(range), "To accept a connection."),
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
        ]
    }
}
