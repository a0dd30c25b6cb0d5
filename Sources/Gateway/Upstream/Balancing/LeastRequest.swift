/// Picks two candidates at random and takes the one with fewer active requests for its weight ("the power of two
/// choices", Mitzenmacher 2001). The result is close to the least busy target, without all workers choosing the same
/// one.
enum LeastRequest {
    /// Nil without candidates.
    ///
    /// - Parameters:
    ///   - weights: one per target, above zero for candidates.
    ///   - active: active requests per target.
    static func pick(
        weights: borrowing [Int],
        active: (Int) -> Int,
        among candidates: TargetSet,
        using random: inout some RandomNumberGenerator
    ) -> Int? {
        let count = candidates.count
        guard count > 1 else { return candidates.first }
        let firstPlace = Int.random(in: 0..<count, using: &random)
        var secondPlace = Int.random(in: 0..<(count - 1), using: &random)
        if secondPlace >= firstPlace { secondPlace += 1 }
        guard let first = candidates.index(at: firstPlace), let second = candidates.index(at: secondPlace) else {
            return candidates.first
        }
        // Compares (a + 1) / wa with (b + 1) / wb without a division. The new request counts, so that weights matter at
        // idle, too.
        let one = (active(first) + 1).multipliedReportingOverflow(by: max(weights[second], 1)).partialValue
        let other = (active(second) + 1).multipliedReportingOverflow(by: max(weights[first], 1)).partialValue
        return one <= other ? first : second
    }
}
