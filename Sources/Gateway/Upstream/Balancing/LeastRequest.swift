/// Of two candidates drawn at random, the one with fewer requests under way for its weight ("the power of two choices",
/// Mitzenmacher 2001): close to the least busy one, without everybody running to it at once.
enum LeastRequest {
    /// Nil where there is no candidate.
    ///
    /// - Parameters:
    ///   - weights: one for each target, above zero for candidates.
    ///   - active: requests under way at each target.
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
        // (a + 1) / wa against (b + 1) / wb, without dividing; the one to come counts, so that weights matter at rest.
        let one = (active(first) + 1).multipliedReportingOverflow(by: max(weights[second], 1)).partialValue
        let other = (active(second) + 1).multipliedReportingOverflow(by: max(weights[first], 1)).partialValue
        return one <= other ? first : second
    }
}
