/// Which target of a service gets a request.
package enum BalanceMethod: Sendable, Equatable {
    /// Weighted round robin.
    case roundRobin
    /// Of two drawn at random, the one with fewer requests under way for its weight.
    case leastRequest
    /// The same target for the same key, while the target is available.
    case hash(HashKey)

    /// The part of a request that is hashed. Requests without it use round robin.
    package enum HashKey: Sendable, Equatable {
        /// The user's id.
        case user
        /// The client's address.
        case address
        /// The value of a request header field, whose name is in lower case.
        case header(String)
    }
}

/// What happens to requests if no target of their service is healthy.
package enum AllDownPolicy: String, Sendable, CaseIterable {
    /// They fail at once.
    case fail
    /// They are sent as if all targets were healthy.
    case tryAny = "try-any"
}

/// The health checks of a service.
package struct HealthCheckConfiguration: Sendable, Equatable {
    /// The path of the GET request.
    package var path = "/healthz"
    /// Between the end of one question and the next.
    package var interval = Duration.seconds(5)
    /// The part of the interval, in percent, by which it varies, so that gateways do not ask in step.
    package var jitter = 20
    /// The time-out of a check, connecting included.
    package var timeout = Duration.seconds(2)
    /// The number of successive passed checks after which a target is healthy.
    package var healthyAfter = 2
    /// The number of successive failed checks after which a target is unhealthy.
    package var unhealthyAfter = 3
    /// Statuses that are good; none named: 200 to 299.
    package var status: [Int] = []

    /// Creates the default configuration.
    package init() {}
}

/// When a target that fails gets no requests for a while. Never more than half of a service's targets at a time.
package struct EjectionConfiguration: Sendable, Equatable {
    /// Failures in a row, as one worker sees them.
    package var failures = 5
    /// The failure rate within ``window``, in percent; 100 disables it in favour of ``failures``.
    package var rate = 50
    /// Requests within ``window`` before the share counts.
    package var requests = 20
    /// The window of the failure rate.
    package var window = Duration.seconds(10)
    /// How long the first time; each further one lasts longer by this much.
    package var time = Duration.seconds(10)
    /// How long at most.
    package var maximumTime = Duration.seconds(300)

    /// Creates the default configuration.
    package init() {}
}

/// When a request is sent again.
package struct RetriesConfiguration: Sendable, Equatable {
    /// How often at most it is sent, the first time included.
    package var attempts = 2
    /// Retries per hundred requests; three per second are always allowed.
    package var budget = 20
    /// Statuses of a service after which an idempotent request is sent again.
    package var on = [502, 503, 504]

    /// Creates the default configuration.
    package init() {}
}

/// When requests are refused for a while because most of them fail.
package struct BreakerConfiguration: Sendable, Equatable {
    /// The share of failures within ``window``, in percent.
    package var rate = 50
    /// Requests within ``window`` before the share counts.
    package var requests = 20
    /// The window of the failure rate.
    package var window = Duration.seconds(10)
    /// How long requests are refused before probes are sent.
    package var time = Duration.seconds(5)
    /// The number of probes, all of which must succeed.
    package var probes = 3

    /// Creates the default configuration.
    package init() {}
}

/// Time-outs of a route that override those of its service; nil: as configured for the service.
package struct RouteTimeoutsConfiguration: Sendable, Equatable {
    /// Resolving the name and connecting.
    package var connect: Duration?
    /// From the end of the request to the first byte of the response.
    package var firstByte: Duration?
    /// Between two parts of a response body.
    package var idle: Duration?
    /// The whole request, from its first byte to the last byte of the response.
    package var request: Duration?

    /// Creates the default configuration.
    package init() {}
}
