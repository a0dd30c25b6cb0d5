extension HealthCheckConfiguration: ConfigurationSection {
    static let summary = "Health checks of the targets."

    static var keys: [Key<HealthCheckConfiguration>] {
        [
            .key(
                "path",
                \.path,
                .requestTarget,
                "The path that a health check requests with GET, as it is written here, with or without a query.",
                examples: [.string("/"), .string("/health/?full=1")]
            ),
            .key(
                "interval",
                \.interval,
                .duration(.milliseconds(100)...(.seconds(3600))),
                "The time between the end of a health check and the next health check."
            ),
            .key("jitter", \.jitter, .percent(0...50), "The random variation of `interval`, up and down, in percent."),
            .key(
                "timeout",
                \.timeout,
                .duration(.milliseconds(10)...(.seconds(60))),
                "The maximum duration of a health check, connecting included."
            ),
            .key(
                "healthyAfter",
                \.healthyAfter,
                .integer(1...100),
                "The number of consecutive successful health checks that make a target healthy."
            ),
            .key(
                "unhealthyAfter",
                \.unhealthyAfter,
                .integer(1...100),
                "The number of consecutive failed health checks that make a target unhealthy."
            ),
            .key(
                "status",
                \.status,
                .array(of: .integer(200...599), minimum: 1, unique: { "\($0)" }),
                "The statuses of a successful health check. If omitted, 200 to 299.",
                examples: [.array([.integer(200), .integer(204)])]
            ),
        ]
    }
}

extension EjectionConfiguration: ConfigurationSection {
    static let summary = "Outlier detection: when a target that fails too often is ejected."

    static var keys: [Key<EjectionConfiguration>] {
        [
            .key(
                "failures",
                \.failures,
                .integer(1...1000),
                "The number of consecutive failures that eject a target, counted by each worker."
            ),
            .key(
                "rate",
                \.rate,
                .percent(1...100),
                "The failure rate within `window` that ejects a target. \"100%\" leaves the ejection to `failures`."
            ),
            .key(
                "requests",
                \.requests,
                .integer(1...10_000),
                "The minimum number of requests within `window` before the failure rate counts."
            ),
            .key(
                "window",
                \.window,
                .duration(.seconds(1)...(.seconds(600))),
                "The period over which the failure rate is measured."
            ),
            .key(
                "time",
                \.time,
                .duration(.milliseconds(100)...(.seconds(3600))),
                "The duration of the first ejection. Each further ejection lasts longer by this duration."
            ),
            .key(
                "maximumTime",
                \.maximumTime,
                .duration(.milliseconds(100)...(.seconds(86_400))),
                "The maximum duration of an ejection."
            ),
        ]
    }
}

extension RetriesConfiguration: ConfigurationSection {
    static let summary = "When the gateway retries a request."

    static var keys: [Key<RetriesConfiguration>] {
        [
            .key(
                "attempts",
                \.attempts,
                .integer(2...5),
                "The maximum number of attempts per request, the first attempt included."
            ),
            .key(
                "budget",
                \.budget,
                .percent(0...100),
                "The retry budget: retries as a percentage of the requests. Three retries per second are always "
                    + "allowed."
            ),
            .key(
                "on",
                \.on,
                .array(of: .integer(400...599), unique: { "\($0)" }),
                "The statuses of the service after which the gateway retries an idempotent request."
            ),
        ]
    }
}

extension BreakerConfiguration: ConfigurationSection {
    static let summary = "The circuit breaker: when the gateway refuses requests because most requests fail."

    static var keys: [Key<BreakerConfiguration>] {
        [
            .key("rate", \.rate, .percent(1...100), "The failure rate within `window` that opens the circuit breaker."),
            .key(
                "requests",
                \.requests,
                .integer(1...10_000),
                "The minimum number of requests within `window` before the failure rate counts."
            ),
            .key(
                "window",
                \.window,
                .duration(.seconds(1)...(.seconds(600))),
                "The period over which the failure rate is measured."
            ),
            .key(
                "time",
                \.time,
                .duration(.milliseconds(100)...(.seconds(3600))),
                "How long the circuit breaker stays open before it admits probe requests."
            ),
            .key(
                "probes",
                \.probes,
                .integer(1...100),
                "The number of probe requests. The circuit breaker closes if all of them succeed."
            ),
        ]
    }
}

extension RouteTimeoutsConfiguration: ConfigurationSection {
    static let summary = "Time-outs that replace the service's."

    static var keys: [Key<RouteTimeoutsConfiguration>] {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        let decoder = ValueDecoder<Duration>.duration(range).optional
        return [
            .key("connect", \.connect, decoder, "The maximum time to resolve the target's name and to connect."),
            .key(
                "firstByte",
                \.firstByte,
                decoder,
                "The maximum time from the end of the request to the end of the response's head."
            ),
            .key("idle", \.idle, decoder, "The maximum time between two parts of a response."),
            .key(
                "request",
                \.request,
                decoder,
                "The maximum time from the first byte of the request to the last byte of the response, even while data "
                    + "moves."
            ),
        ]
    }
}
