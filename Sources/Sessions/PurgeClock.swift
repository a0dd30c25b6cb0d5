/// The time by which it is forgotten what tokens are worth: the wall clock's, as far as a steady clock agrees.
///
/// A wall clock that is set forward makes ends of sessions look as old as their tokens. Where it is set back, those tokens are
/// valid again, and the ends have to be known still. So time passes here by the steady clock. A wall clock that stays ahead is
/// believed after 31 days, longer than a token lives: nothing of before is left by then.
///
/// This is a value without a clock; times are milliseconds.
package struct PurgeClock: Sendable {
    private static let patience: Int64 = 31 * 24 * 3600 * 1000
    /// Wall clocks are corrected by as much: one part in so many.
    private static let slew: Int64 = 2048

    /// Since 1970.
    private var time: Int64
    private var steady: Int64
    /// By the steady clock; nil while the wall clock is not ahead.
    private var aheadSince: Int64?

    /// - Parameters:
    ///   - wall: since 1970. It is believed.
    ///   - steady: since any moment.
    package init(wall: Int64, steady: Int64) {
        time = wall
        self.steady = steady
    }

    /// The time to purge by: never later than `wall`.
    package mutating func time(wall: Int64, steady: Int64) -> Int64 {
        let passed = max(0, steady - self.steady)
        self.steady = steady
        let latest = time + passed + passed / Self.slew
        time = min(wall, latest)
        guard wall > latest else {
            aheadSince = nil
            return time
        }
        let since = aheadSince ?? steady
        aheadSince = since
        if steady - since >= Self.patience {
            time = wall
            aheadSince = nil
        }
        return time
    }
}
