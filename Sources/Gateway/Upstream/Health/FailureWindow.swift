/// Requests and failures within a sliding window of ten parts: the basis of a failure rate.
///
/// Times are nanoseconds of a monotonic clock.
struct FailureWindow: Equatable, Sendable {
    private static let partCount = 10

    private struct Part: Equatable {
        var requests = 0
        var failures = 0
    }

    private let partWidth: Int64
    private var parts = Array(repeating: Part(), count: FailureWindow.partCount)
    private var current: Int64 = 0
    private(set) var requests = 0
    private(set) var failures = 0

    /// - Parameter width: of the whole window, in nanoseconds.
    init(width: Int64) {
        partWidth = max(width / Int64(FailureWindow.partCount), 1)
    }

    mutating func record(isFailure: Bool, now: Int64) {
        advance(to: now)
        let index = Int(current % Int64(FailureWindow.partCount))
        parts[index].requests += 1
        requests += 1
        if isFailure {
            parts[index].failures += 1
            failures += 1
        }
    }

    mutating func advance(to now: Int64) {
        let part = max(now, 0) / partWidth
        guard part > current else { return }
        for step in 0..<min(part - current, Int64(FailureWindow.partCount)) {
            let index = Int((part - step) % Int64(FailureWindow.partCount))
            requests -= parts[index].requests
            failures -= parts[index].failures
            parts[index] = Part()
        }
        current = part
    }

    mutating func reset() {
        parts = Array(repeating: Part(), count: FailureWindow.partCount)
        requests = 0
        failures = 0
    }

    /// Whether failures make up that share of enough requests.
    func reaches(percent: Int, of minimum: Int) -> Bool {
        requests >= minimum && failures > 0 && failures * 100 >= requests * percent
    }
}
