/// Targets in turn by weight, spread evenly: with weights 5, 1, 1 the order is a a b a c a a, never five in a row.
///
/// The algorithm is that of nginx (commit 52327e0627f4, "Upstream: smooth weighted round-robin balancing"): at each turn
/// every candidate gains its weight, the one with most is taken and loses what all gained together.
struct SmoothRoundRobin: Sendable {
    private var credit: [Int]

    init(count: Int) {
        credit = Array(repeating: 0, count: count)
    }

    /// The next one; nil where there is no candidate.
    ///
    /// - Parameter weights: one for each target, above zero for candidates.
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

    /// Forgets what a target had to its credit, so that one that returns makes up for nothing.
    mutating func reset(_ index: Int) {
        guard credit.indices.contains(index) else { return }
        credit[index] = 0
    }
}
