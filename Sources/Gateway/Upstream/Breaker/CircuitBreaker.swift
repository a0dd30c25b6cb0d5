import Configuration

/// A circuit breaker: refuses requests to a service while most of its responses fail, then sends probes.
///
/// This is a value of one 64-bit word, with its rules beside it, so that all workers can share it by
/// compare-and-exchange. Times are tenths of a second of a monotonic clock.
struct CircuitBreaker: Equatable, Sendable {
    enum Admission: Equatable, Sendable {
        case pass
        /// The request is a probe; its outcome decides.
        case probe
        /// Refused; seconds until it is worth another try.
        case refuse(retryAfter: Int)
    }

    enum Outcome: Sendable {
        case success, failure
        /// The request ended without a result for the service: the client disconnected.
        case none
    }

    enum Phase: UInt8, Sendable { case closed, open, halfOpen }

    private(set) var phase: Phase
    /// Closed: when counting began. Open: until when. Half open: since when, or since the last probe went out.
    private var time: UInt32
    /// Closed: requests. Half open: probes that are out.
    private var first: Int
    /// Closed: failures. Half open: probes that succeeded.
    private var second: Int

    private static let countLimit = 0x7FFF

    init() {
        phase = .closed
        time = 0
        first = 0
        second = 0
    }

    /// Whether a request may go to the service now.
    mutating func admit(now: UInt32, rules: Rules) -> Admission {
        switch phase {
        case .closed:
            return .pass
        case .open:
            guard now >= time else { return .refuse(retryAfter: Int((time - now) + 9) / 10) }
            phase = .halfOpen
            time = now
            first = 1
            second = 0
            return .probe
        case .halfOpen:
            // A probe without an outcome must not keep the breaker half open for ever.
            if now >= time, now - time >= rules.time { first = 0 }
            guard first + second < rules.probes else { return .refuse(retryAfter: 1) }
            time = now
            first += 1
            return .probe
        }
    }

    /// Records the outcome of an admitted request.
    mutating func record(_ outcome: Outcome, isProbe: Bool, now: UInt32, rules: Rules) {
        switch phase {
        case .open:
            break
        case .closed:
            // A probe of an earlier half-open phase counts as an ordinary request.
            if outcome == .none { return }
            if now < time || now - time >= rules.window {
                time = now
                first = 0
                second = 0
            }
            if first >= CircuitBreaker.countLimit {
                first /= 2
                second /= 2
            }
            first += 1
            if outcome == .failure { second += 1 }
            if first >= rules.requests, second * 100 >= first * rules.rate { open(now: now, rules: rules) }
        case .halfOpen:
            guard isProbe, first > 0 else { return }
            first -= 1
            switch outcome {
            case .none: break
            case .failure: open(now: now, rules: rules)
            case .success:
                second += 1
                if second >= rules.probes {
                    phase = .closed
                    time = now
                    first = 0
                    second = 0
                }
            }
        }
    }

    private mutating func open(now: UInt32, rules: Rules) {
        phase = .open
        time = now + rules.time
        first = 0
        second = 0
    }

    var packed: UInt64 {
        UInt64(phase.rawValue) << 62 | UInt64(time) << 30 | UInt64(first & CircuitBreaker.countLimit) << 15
            | UInt64(second & CircuitBreaker.countLimit)
    }

    init(packed: UInt64) {
        phase = Phase(rawValue: UInt8(packed >> 62)) ?? .closed
        time = UInt32(truncatingIfNeeded: packed >> 30)
        first = Int(packed >> 15 & UInt64(CircuitBreaker.countLimit))
        second = Int(packed & UInt64(CircuitBreaker.countLimit))
    }

    /// The configuration in the breaker's own units.
    struct Rules: Equatable, Sendable {
        let rate: Int
        let requests: Int
        let window: UInt32
        let time: UInt32
        let probes: Int

        init(_ configuration: BreakerConfiguration) {
            rate = configuration.rate
            requests = configuration.requests
            window = UInt32(clamping: max(configuration.window.nanoseconds / 100_000_000, 1))
            time = UInt32(clamping: max(configuration.time.nanoseconds / 100_000_000, 1))
            probes = configuration.probes
        }
    }
}
