/// The health of one target, derived from its health checks.
///
/// The target changes state after a number of equal results in a row, so it cannot get stuck. The very first result
/// decides at once, so that a starting gateway does not send requests to a missing target.
struct ActiveHealth: Equatable, Sendable {
    private(set) var isHealthy = true
    private var isKnown = false
    private var run = 0
    private let healthyAfter: Int
    private let unhealthyAfter: Int

    init(healthyAfter: Int, unhealthyAfter: Int) {
        self.healthyAfter = max(healthyAfter, 1)
        self.unhealthyAfter = max(unhealthyAfter, 1)
    }

    /// Records a result; true if the health of the target changed.
    mutating func record(isSuccess: Bool) -> Bool {
        guard isKnown else {
            isKnown = true
            let changes = isHealthy != isSuccess
            isHealthy = isSuccess
            return changes
        }
        guard isSuccess != isHealthy else {
            run = 0
            return false
        }
        run += 1
        guard run >= (isSuccess ? healthyAfter : unhealthyAfter) else { return false }
        isHealthy = isSuccess
        run = 0
        return true
    }
}
