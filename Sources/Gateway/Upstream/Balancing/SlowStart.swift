/// How much of its share a target gets that has just returned: a tenth at first, all of it at the end, in a straight line.
enum SlowStart {
    /// The full share of a target with weight 1; balancing counts in fractions of it.
    static let full = 100

    /// - Parameters:
    ///   - weight: as configured.
    ///   - elapsed: since it returned, in nanoseconds; nil where it never was away.
    ///   - duration: of the whole slow start, in nanoseconds; 0 for none.
    static func weight(_ weight: Int, elapsed: Int64?, duration: Int64) -> Int {
        guard let elapsed, duration > 0, elapsed < duration else { return weight * full }
        let share = 0.1 + 0.9 * Double(max(elapsed, 0)) / Double(duration)
        return max(1, Int(Double(weight * full) * share))
    }
}
