/// Stops exchanges of one app while WeChat fails: logins fail at once, and their codes stay unspent.
///
/// It opens after consecutive failures, or on a failure rate over the last seconds: for 5 s at first, for twice as long
/// after each failed probe, up to a minute. Then one exchange is admitted as a probe.
///
/// This is a value without a clock; times are milliseconds of any epoch. If the clock is set back, no opening gets
/// longer than its length.
package struct ExchangeBreaker: Sendable {
    /// The thresholds of the breaker.
    package struct Settings: Sendable {
        /// Failures in a row that open it.
        package var consecutive = 10
        /// Exchanges within `window` below which their share of failures means nothing.
        package var minimum = 20
        /// Whole seconds, 1 to 60.
        package var window = 10
        /// The duration of the first opening, in milliseconds.
        package var firstOpening: Int64 = 5000
        /// The maximum duration of an opening, in milliseconds.
        package var longestOpening: Int64 = 60_000
        /// A probe without a result after this time is given up.
        package var probeTimeout: Int64 = 15_000

        /// Creates the default thresholds.
        package init() {}
    }

    /// The states of a circuit breaker.
    package enum State: Sendable, Equatable { case closed, open, halfOpen }

    /// The permission for one exchange, to be brought back with its outcome.
    package struct Pass: Sendable, Equatable {
        fileprivate let epoch: UInt64
        /// Whether the outcome decides if the breaker closes.
        package let isProbe: Bool
    }

    /// The decision on one exchange.
    package enum Admission: Sendable, Equatable {
        case pass(Pass)
        /// Seconds, at least 1.
        case refused(retryAfter: Int)
    }

    /// The result of one exchange.
    package enum Outcome: Sendable, Equatable {
        /// WeChat sent a readable response other than -1.
        case answered
        /// A time-out, -1, no response, or an unreadable one.
        case failed
        /// It did not get as far as WeChat.
        case notSent
    }

    private enum Phase {
        case closed
        case open(until: Int64, length: Int64)
        case halfOpen(since: Int64, length: Int64)
    }

    /// The exchanges that ended within one second.
    private struct Second {
        var number: Int64 = .min
        var ended = 0
        var failed = 0
    }

    private let settings: Settings
    private var phase = Phase.closed
    private var epoch: UInt64 = 0
    private var consecutiveFailures = 0
    private var seconds: [Second]

    /// Creates a closed breaker.
    package init(settings: Settings = Settings()) {
        self.settings = settings
        seconds = Array(repeating: Second(), count: min(max(1, settings.window), 60))
    }

    /// Whether an exchange may go to WeChat now.
    package mutating func admit(now: Int64) -> Admission {
        switch phase {
        case .closed:
            return .pass(Pass(epoch: epoch, isProbe: false))
        case .open(let until, let length):
            guard now >= until || until - now > length else { return .refused(retryAfter: Self.seconds(until - now)) }
            return probe(length, now)
        case .halfOpen(let since, let length):
            guard now < since || now - since >= settings.probeTimeout else { return .refused(retryAfter: 1) }
            return probe(length, now)
        }
    }

    /// Records the result of an admitted exchange. Results from before the last change of state are ignored.
    package mutating func settle(_ pass: Pass, _ outcome: Outcome, now: Int64) {
        guard pass.epoch == epoch else { return }
        switch (phase, outcome) {
        case (.halfOpen, .answered):
            enter(.closed)
        case (.halfOpen(_, let length), .failed):
            open(for: min(length * 2, settings.longestOpening), now)
        case (.halfOpen(_, let length), .notSent):
            // The next one finds out instead.
            enter(.open(until: now, length: length))
        case (.closed, .answered), (.closed, .failed):
            count(outcome == .failed, now)
        case (.closed, .notSent), (.open, _):
            break
        }
    }

    /// For monitoring.
    package var state: State {
        switch phase {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    private mutating func count(_ isFailure: Bool, _ now: Int64) {
        consecutiveFailures = isFailure ? consecutiveFailures + 1 : 0
        let number = now / 1000
        let index = Int(number.magnitude % UInt64(seconds.count))
        if seconds[index].number != number { seconds[index] = Second(number: number) }
        seconds[index].ended += 1
        guard isFailure else { return }
        seconds[index].failed += 1
        let recent = seconds.filter { $0.number <= number && $0.number > number - Int64(seconds.count) }
        let ended = recent.reduce(0) { $0 + $1.ended }
        let failed = recent.reduce(0) { $0 + $1.failed }
        if consecutiveFailures >= settings.consecutive || (ended >= settings.minimum && failed * 2 > ended) {
            open(for: settings.firstOpening, now)
        }
    }

    private mutating func open(for length: Int64, _ now: Int64) {
        enter(.open(until: now + length, length: length))
    }

    private mutating func probe(_ length: Int64, _ now: Int64) -> Admission {
        enter(.halfOpen(since: now, length: length))
        return .pass(Pass(epoch: epoch, isProbe: true))
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        epoch += 1
        consecutiveFailures = 0
        for index in seconds.indices { seconds[index] = Second() }
    }

    private static func seconds(_ milliseconds: Int64) -> Int { Int(max(1, (milliseconds + 999) / 1000)) }
}
