/// Smooth weighted round robin: with weights 5, 1, 1 the order is a a b a c a a, never five in a row.
///
/// The algorithm is nginx's (commit 52327e0627f4, "Upstream: smooth weighted round-robin balancing"): in each turn
/// every candidate gains its weight; the candidate with the most is chosen and loses the sum of all gains.
struct SmoothRoundRobin: Sendable {
    private var credit: [Int]

    init(count: Int) {
        credit = Array(repeating: 0, count: count)
    }

    /// The next target; nil without candidates.
    ///
    /// - Parameter weights: one per target, above zero for candidates.
    mutating func pick(weights: borrowing [Int], among candidates: TargetSet) -> Int? {
        var best: Int?
        var total = 0
        var rest = candidates
        while let index = rest.popFirst(), index < credit.count {
            let weight = weights[index]
            credit[index] += weight
            total += weight
            if let current = best, credit[current] >= credit[index] { continue }
            best = index
        }
        if let best { credit[best] -= total }
        return best
    }

    /// Clears the credit of a target, so that a recovered target does not catch up.
    mutating func reset(_ index: Int) {
        guard credit.indices.contains(index) else { return }
        credit[index] = 0
    }
}
