import Configuration

/// Outlier detection for one target, from the responses that one worker sees: whether to eject the target.
struct OutlierDetector: Equatable, Sendable {
    private let rules: EjectionConfiguration
    private var window: FailureWindow
    private(set) var consecutiveFailures = 0

    init(_ rules: EjectionConfiguration) {
        self.rules = rules
        window = FailureWindow(width: rules.window.nanoseconds)
    }

    /// Records an outcome; true if the target should be ejected now. It keeps returning true until ``reset()``, since
    /// the other targets decide whether an ejection is possible.
    mutating func record(isFailure: Bool, now: Int64) -> Bool {
        window.record(isFailure: isFailure, now: now)
        guard isFailure else {
            consecutiveFailures = 0
            return false
        }
        consecutiveFailures += 1
        if consecutiveFailures >= rules.failures { return true }
        // At 100 % every request fails, which is a matter of failures in a row alone.
        return rules.rate < 100 && window.reaches(percent: rules.rate, of: rules.requests)
    }

    /// Clears the history: the target was ejected, or has recovered.
    mutating func reset() {
        consecutiveFailures = 0
        window.reset()
    }
}

/// The ejections of one target: each lasts longer than the last, and healthy time shortens the next one.
struct Ejection: Equatable, Sendable {
    /// The number of ejections, less those that healthy time has cancelled.
    private(set) var count: Int
    /// When the last ejection ended or ends, in nanoseconds of the steady clock; 0 where there was none.
    private(set) var until: Int64

    init(count: Int = 0, until: Int64 = 0) {
        self.count = count
        self.until = until
    }

    /// Ejects it anew.
    ///
    /// - Parameters:
    ///   - base: how long the first time, in nanoseconds, and how long a good while is.
    ///   - maximum: how long at most, in nanoseconds.
    mutating func eject(now: Int64, base: Int64, maximum: Int64) {
        if until > 0, now > until {
            let forgiven = (now - until) / max(base, 1)
            count = forgiven >= Int64(count) ? 0 : count - Int(forgiven)
        }
        count = min(count + 1, Ejection.countLimit)
        let (length, overflow) = base.multipliedReportingOverflow(by: Int64(count))
        until = now + (overflow ? maximum : min(length, maximum))
    }

    /// The maximum of eight bits.
    private static let countLimit = 255

    /// In one word: milliseconds and count.
    var packed: UInt64 { UInt64(max(until, 0) / 1_000_000) << 8 | UInt64(count) }

    init(packed: UInt64) {
        count = Int(packed & 0xFF)
        until = Int64(clamping: packed >> 8) &* 1_000_000
    }
}
