/// The doorkeeper of the verdict cache: when the cache is full, only a token that is seen a second time replaces an
/// entry. Caching a token that is used once costs more than it saves, and evicts one that is in use.
///
/// It holds a fingerprint of 32 bits per slot of a fixed table. A fingerprint replaces another in every second case
/// only: otherwise two alternating tokens would evict each other for ever. Equal fingerprints of different tokens admit
/// one at once. This costs a little time at worst, and never yields a wrong verdict. It belongs to one worker.
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
