/// What the answers to health questions make of one target.
///
/// Every outcome is good or bad, and each moves it: it goes over after so many in a row, and so cannot be stuck. The first
/// outcome of all decides at once, so that a gateway that starts does not send to what is not there.
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

    /// Takes an outcome in; true where it changed what the target counts as.
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
