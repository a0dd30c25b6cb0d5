/// A rate limit of a route.
package struct RateLimitConfiguration: Sendable, Equatable {
    /// Whose requests are counted together.
    package var subject = RateLimitSubject.user
    /// How many requests there may be in the long run.
    package var rate = RequestRate(count: 1, period: .seconds(1))
    /// How many may come at once after a pause; nil: the count of `rate`.
    package var burst: Int?

    init() {}

    /// The number of requests that may come at once.
    package var capacity: Int { burst ?? rate.count }
}

/// Whose requests a rate limit counts together.
package enum RateLimitSubject: String, Sendable, CaseIterable {
    /// One user of one app; a request without a token counts for its address.
    case user
    /// All users of one app; a request without a token counts for its address.
    case app
    /// One client address; of IPv6, one network of 64 bits.
    case address
    /// All clients together.
    case route
}

/// A number of requests in a period.
package struct RequestRate: Sendable, Equatable {
    /// 1 to 1,000,000.
    package let count: Int
    /// A second, a minute, an hour or a day.
    package let period: Duration

    /// Joins both parts; they are not checked.
    package init(count: Int, period: Duration) {
        self.count = count
        self.period = period
    }
}
