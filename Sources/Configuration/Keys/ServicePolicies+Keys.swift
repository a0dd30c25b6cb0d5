extension HealthCheckConfiguration: ConfigurationSection {
    static let summary = "How targets are asked whether they are well."

    static var keys: [Key<HealthCheckConfiguration>] {
        [
            .key("path", \.path, .fixedPath, "What is asked for with GET."),
            .key(
                "interval",
                \.interval,
                .duration(.milliseconds(100)...(.seconds(3600))),
                "Between the end of one question and the next."
            ),
            .key("jitter", \.jitter, .percent(0...50), "The part of the interval by which it varies."),
            .key(
                "timeout",
                \.timeout,
                .duration(.milliseconds(10)...(.seconds(60))),
                "How long an answer may take, connecting included."
            ),
            .key("healthyAfter", \.healthyAfter, .integer(1...100), "Good answers in a row that make a target well."),
            .key(
                "unhealthyAfter",
                \.unhealthyAfter,
                .integer(1...100),
                "Bad or missing answers in a row that make a target unwell."
            ),
            .key(
                "status",
                \.status,
                .array(of: .integer(200...599), minimum: 1, unique: { "\($0)" }),
                "Statuses that are good; 200 to 299 where it is left out.",
                examples: [.array([.integer(200), .integer(204)])]
            ),
        ]
    }
}

extension EjectionConfiguration: ConfigurationSection {
    static let summary = "When a target that fails gets no requests for a while."

    static var keys: [Key<EjectionConfiguration>] {
        [
            .key("failures", \.failures, .integer(1...1000), "Failures in a row."),
            .key(
                "rate",
                \.rate,
                .percent(1...100),
                "The share of failures within `window`; \"100%\" leaves it to `failures`."
            ),
            .key("requests", \.requests, .integer(1...10_000), "Requests within `window` before the share counts."),
            .key(
                "window",
                \.window,
                .duration(.seconds(1)...(.seconds(600))),
                "The time that the share is taken over."
            ),
            .key(
                "time",
                \.time,
                .duration(.milliseconds(100)...(.seconds(3600))),
                "How long the first time; each further time lasts longer by this much."
            ),
            .key(
                "maximumTime",
                \.maximumTime,
                .duration(.milliseconds(100)...(.seconds(86_400))),
                "How long at most."
            ),
        ]
    }
}

extension RetriesConfiguration: ConfigurationSection {
    static let summary = "When a request is sent again."

    static var keys: [Key<RetriesConfiguration>] {
        [
            .key("attempts", \.attempts, .integer(2...5), "How often at most it is sent, the first time included."),
            .key(
                "budget",
                \.budget,
                .percent(0...100),
                "Repetitions as a share of the requests; three a second are allowed whatever the traffic."
            ),
            .key(
                "on",
                \.on,
                .array(of: .integer(400...599), unique: { "\($0)" }),
                "Statuses of the service after which an idempotent request is sent again."
            ),
        ]
    }
}

extension BreakerConfiguration: ConfigurationSection {
    static let summary = "When requests are refused for a while because most fail."

    static var keys: [Key<BreakerConfiguration>] {
        [
            .key("rate", \.rate, .percent(1...100), "The share of failures within `window` that opens it."),
            .key("requests", \.requests, .integer(1...10_000), "Requests within `window` before the share counts."),
            .key(
                "window",
                \.window,
                .duration(.seconds(1)...(.seconds(600))),
                "The time that the share is taken over."
            ),
            .key(
                "time",
                \.time,
                .duration(.milliseconds(100)...(.seconds(3600))),
                "How long requests are refused before a few are let through."
            ),
            .key("probes", \.probes, .integer(1...100), "How many are let through, all of which must succeed."),
        ]
    }
}

extension RouteTimeoutsConfiguration: ConfigurationSection {
    static let summary = "Time-outs in place of the service's."

    static var keys: [Key<RouteTimeoutsConfiguration>] {
        let range = Duration.milliseconds(1)...Duration.seconds(86_400)
        let kind = Kind<Duration>.duration(range).optional
        return [
            .key("connect", \.connect, kind, "To resolve the service's name and accept a connection."),
            .key("firstByte", \.firstByte, kind, "From the end of the request to the first byte of the answer."),
            .key("idle", \.idle, kind, "Between two parts of an answer."),
            .key("request", \.request, kind, "From the request's first byte to the answer's last, whatever moves."),
        ]
    }
}
