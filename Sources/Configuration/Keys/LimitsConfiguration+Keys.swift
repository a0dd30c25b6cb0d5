extension LimitsConfiguration: ConfigurationSection {
    static let summary = "What a client may send at most."

    static var keys: [Key<LimitsConfiguration>] {
        [
            .key("requestLine", \.requestLine, .size(256...(64 << 10)), "The request line. Beyond it: 414."),
            .key("headers", \.headers, .size(1024...(1 << 20)), "All header fields together. Beyond it: 431."),
            .key("headerCount", \.headerCount, .integer(1...1000), "The number of header fields. Beyond it: 431."),
            .key(
                "body",
                \.body,
                .bodyLimit,
                "A body, where the route does not say. Beyond it: 413.",
                examples: [.string("unlimited")]
            ),
            .key(
                "connections",
                \.connections,
                .integer(1...1_000_000),
                "Client connections at a time. Beyond it: 503."
            ),
        ]
    }
}

extension TimeoutsConfiguration: ConfigurationSection {
    static let summary = "How long a client may take, and how long a stop."

    static var keys: [Key<TimeoutsConfiguration>] {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        return [
            .key("head", \.head, .duration(range), "For the whole head of a request."),
            .key("body", \.body, .duration(range), "Between two parts of a body."),
            .key("keepAlive", \.keepAlive, .duration(range), "For an idle connection between two requests."),
            .key("drain", \.drain, .duration(range), "For running requests when the gateway stops."),
        ]
    }
}
