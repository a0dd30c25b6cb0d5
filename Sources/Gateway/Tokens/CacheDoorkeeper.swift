/// Which good tokens have been seen once, so that where there is no room among the verdicts only one that comes again takes
/// the place of another: remembering a token that is used for a single request costs more than it saves, and pushes out one
/// that is used.
///
/// A mark of 32 bits for each place of a fixed table. A token takes the place of another in every second case only: always,
/// and two that come in turn would forget each other for ever. Equal marks of different tokens let one be remembered at
/// once. All of it costs a little time at worst, never a wrong verdict. One worker's own.
struct CacheDoorkeeper {
    private var marks: [UInt32]
    private var coin: UInt32 = 0

    /// - Parameter capacity: places; rounded up to a power of two.
    init(capacity: Int) {
        var count = 1
        while count < capacity { count *= 2 }
        marks = [UInt32](repeating: 0, count: count)
    }

    /// Takes a sighting down; true where it is not the first.
    mutating func admit(_ key: VerdictCache.Key) -> Bool {
        let (slot, mark) = key.fingerprint(in: marks.count)
        guard marks[slot] != mark else { return true }
        coin = coin &* 1_664_525 &+ 1_013_904_223
        if marks[slot] == 0 || coin >> 31 == 0 { marks[slot] = mark }
        return false
    }
}
