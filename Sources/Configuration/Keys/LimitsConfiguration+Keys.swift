extension LimitsConfiguration: ConfigurationSection {
    static let summary = "Limits on what clients and services may send."

    static var keys: [Key<LimitsConfiguration>] {
        [
            .key(
                "requestLine",
                \.requestLine,
                .size(256...(64 << 10)),
                "The maximum size of the request line. Beyond this size: 414."
            ),
            .key(
                "headers",
                \.headers,
                .size(1024...(1 << 20)),
                "The maximum size of all header fields together. Beyond this size: 431."
            ),
            .key(
                "headerCount",
                \.headerCount,
                .integer(1...1000),
                "The maximum number of header fields. Beyond this number: 431."
            ),
            .key(
                "token",
                \.token,
                .size((4 << 10)...(64 << 10)),
                "The maximum size of a token, within the limit of `headers`. Beyond this size: 431."
            ),
            .key(
                "responseHeaders",
                \.responseHeaders,
                .size(1024...(1 << 20)),
                "The maximum size of all header fields of a service's response together. Beyond this size: 30000 "
                    + "UPSTREAM_PROTOCOL."
            ),
            .key(
                "responseHeaderCount",
                \.responseHeaderCount,
                .integer(1...1000),
                "The maximum number of header fields of a service's response. Beyond this number: 30000 "
                    + "UPSTREAM_PROTOCOL."
            ),
            .key(
                "body",
                \.body,
                .bodyLimit,
                "The maximum size of a request body, on routes without `bodyLimit`. Beyond this size: 413.",
                examples: [.string("unlimited")]
            ),
            .key(
                "bodyRate",
                \.bodyRate,
                .bodyRate,
                "The minimum average rate of a request body, per second. A body that falls behind this rate by "
                    + "`timeouts.body` is ended with 408.",
                examples: [.string("off")]
            ),
            .key(
                "connections",
                \.connections,
                .integer(1...1_000_000),
                "The maximum number of concurrent client connections. Beyond this number: 503."
            ),
        ]
    }
}

extension TimeoutsConfiguration: ConfigurationSection {
    static let summary = "Time-outs for clients and for shutdown."

    static var keys: [Key<TimeoutsConfiguration>] {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        return [
            .key("head", \.head, .duration(range), "The maximum time to receive the whole head of a request."),
            .key(
                "body",
                \.body,
                .duration(range),
                "The maximum time between two parts of a request body, and for a whole body on the gateway's own "
                    + "endpoints and the admin port."
            ),
            .key(
                "keepAlive",
                \.keepAlive,
                .duration(range),
                "How long a client connection may stay idle between two requests."
            ),
            .key(
                "drain",
                \.drain,
                .duration(range),
                "The maximum time to finish requests in progress when the gateway stops."
            ),
        ]
    }
}
