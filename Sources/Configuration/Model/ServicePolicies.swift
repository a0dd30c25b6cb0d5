/// Which target of a service gets a request.
package enum BalanceMethod: Sendable, Equatable {
    /// In turn, by weight.
    case roundRobin
    /// Of two drawn at random, the one with fewer requests under way for its weight.
    case leastRequest
    /// The same target for the same key, as long as the target is there.
    case hash(HashKey)

    /// What of a request is hashed. Where it has none, its turn decides.
    package enum HashKey: Sendable, Equatable {
        /// The user's id.
        case user
        /// The client's address.
        case address
        /// The value of a request header field, whose name is in lower case.
        case header(String)
    }
}

/// What happens to requests where no target of their service is well.
package enum AllDownPolicy: String, Sendable, CaseIterable {
    /// They are answered at once.
    case fail
    /// They are sent as though all were well.
    case tryAny = "try-any"
}

/// How targets are asked whether they are well.
package struct HealthCheckConfiguration: Sendable, Equatable {
    /// What is asked for with GET.
    package var path = "/healthz"
    /// Between the end of one question and the next.
    package var interval = Duration.seconds(5)
    /// The part of the interval, in percent, by which it varies, so that gateways do not ask in step.
    package var jitter = 20
    /// How long an answer may take, connecting included.
    package var timeout = Duration.seconds(2)
    /// Good answers in a row that make a target well.
    package var healthyAfter = 2
    /// Bad or missing ones in a row that make it unwell.
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
    /// The share of failures within ``window``, in percent; 100 leaves it to ``failures``.
    package var rate = 50
    /// Requests within ``window`` before the share counts.
    package var requests = 20
    /// The time that the share is taken over.
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
    /// Repetitions for each hundred requests; three a second are allowed whatever the traffic.
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
    /// The time that the share is taken over.
    package var window = Duration.seconds(10)
    /// How long requests are refused before a few are let through.
    package var time = Duration.seconds(5)
    /// How many are let through, all of which must succeed.
    package var probes = 3

    /// Creates the default configuration.
    package init() {}
}

/// What a route says of time-outs in place of its service; nil: what the service says.
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
