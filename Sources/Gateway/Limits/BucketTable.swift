import Glibc
import Synchronization

/// The buckets of one limit, by a hash of whose they are: a fixed array of 64-bit atomics that all workers share.
///
/// Eight slots make a set, and a hash belongs to one set. A slot is a tag, the whole hash, and a word: the instant at which
/// the bucket is full again, and how often the slot has changed hands. Taking a token of a bucket that is there is one
/// compare-and-swap. That count makes it safe: whoever finds a slot in other hands by then finds another word.
///
/// What memory cannot hold gives way like this. A new bucket takes an empty slot or one whose bucket is full again, which
/// is as good as none. Only where all eight are in use does the one give way that would have been full first, and its
/// owner begins anew with a full bucket: too much may come through, but nobody is refused for what others did. Who asks
/// far too often is far from full, and stays.
///
/// Giving out slots is the only thing that needs one thread at a time, and only per set: others who bring a new bucket to
/// the same set in the same nanoseconds look again a bounded number of times, for about a microsecond, and never wait. If
/// the thread that was there first has been put to sleep, they go uncounted, which is counted.
final class BucketTable: @unchecked Sendable {
    /// What became of one request.
    struct Outcome: Equatable {
        let decision: TokenBucket.Decision
        /// False where no slot was to be had and the request came through uncounted.
        var isCounted = true
    }

    static let ways = 8
    /// Four MiB of slots; memory that was never used is not there yet.
    static let usualSlots = 1 << 18

    private static let versionBits = UInt64(64 - TokenBucket.instantBits)
    private static let versionMask: UInt64 = 1 << versionBits - 1
    /// The word of a slot that is being given to somebody else. No instant comes near it.
    private static let changing = UInt64.max
    /// Looks at a closed gate: a few times as long as it takes to give out a slot.
    private static let tries = 512

    let slotCount: Int
    private let bucket: TokenBucket
    private let setCount: Int
    /// For each set its eight tags, then its eight words: two lines of the cache.
    private let slots: UnsafeMutablePointer<Atomic<UInt64>>
    /// For each set whether somebody gives out slots.
    private let gates: UnsafeMutablePointer<Atomic<UInt8>>

    private let displacements = Atomic<Int>(0)
    private let uncounted = Atomic<Int>(0)

    /// - Parameter slots: rounded up to a power of two, 8 at least.
    init(_ bucket: TokenBucket, slots wanted: Int = usualSlots) {
        self.bucket = bucket
        var sets = 1
        while sets * Self.ways < wanted { sets *= 2 }
        setCount = sets
        slotCount = sets * Self.ways
        // From calloc, so that pages come with their first use. Zero is an empty slot and an open gate, and an atomic is
        // laid out as its value.
        slots = Self.zeroed(Atomic<UInt64>.self, 2 * slotCount)
        gates = Self.zeroed(Atomic<UInt8>.self, sets)
    }

    deinit {
        free(slots)
        free(gates)
    }

    private static func zeroed<Element: ~Copyable>(
        _ type: Element.Type,
        _ count: Int
    ) -> UnsafeMutablePointer<Element> {
        // Some megabytes at most, made once by the configuration and not by a request. Without them the process ends, as it
        // does where Swift's own allocations fail.
        guard let memory = calloc(count, MemoryLayout<Element>.stride) else {
            fatalError("no memory for the buckets of a rate limit")
        }
        return memory.bindMemory(to: Element.self, capacity: count)
    }

    /// Bytes that the slots take at most.
    var byteCount: Int { slotCount * 16 + setCount }
    /// Buckets that gave way before they were full again.
    var displacedCount: Int { displacements.load(ordering: .relaxed) }
    /// Requests that came through uncounted.
    var uncountedCount: Int { uncounted.load(ordering: .relaxed) }

    // MARK: - Taking

    /// Takes a token of the bucket with that hash.
    func take(_ hash: UInt64, now: UInt64) -> Outcome {
        let tag = max(hash, 1)
        let set = setIndex(tag)
        if let decision = takeFromKnown(tag, in: set, now: now) { return Outcome(decision: decision) }
        guard enter(set) else {
            uncounted.add(1, ordering: .relaxed)
            return Outcome(decision: .admitted(full: now + bucket.interval), isCounted: false)
        }
        defer { leave(set) }
        // Somebody may have brought it meanwhile. From here on no slot of this set changes hands but by this thread.
        if let decision = takeFromKnown(tag, in: set, now: now) { return Outcome(decision: decision) }
        return Outcome(decision: takeFromNew(tag, in: set, now: now))
    }

    /// Gives a bucket its slot before anybody asks for it, so that it never has to wait for one.
    func prepare(_ hash: UInt64) {
        if take(hash, now: 0).isCounted { giveBack(hash) }
    }

    /// Gives back a token that was taken just now and not used.
    func giveBack(_ hash: UInt64) {
        let tag = max(hash, 1)
        let set = setIndex(tag)
        for way in 0..<Self.ways where tags(set)[way].load(ordering: .acquiring) == tag {
            var word = words(set)[way].load(ordering: .acquiring)
            while word != Self.changing, tags(set)[way].load(ordering: .acquiring) == tag {
                let full = word >> Self.versionBits
                guard full >= bucket.interval else { return }
                let (done, original) = words(set)[way].compareExchange(
                    expected: word,
                    desired: Self.word(full - bucket.interval, version: word),
                    ordering: .acquiringAndReleasing
                )
                if done { return }
                word = original
            }
            return
        }
    }

    /// Nil where the bucket has no slot, or its slot changes hands.
    private func takeFromKnown(_ tag: UInt64, in set: Int, now: UInt64) -> TokenBucket.Decision? {
        for way in 0..<Self.ways where tags(set)[way].load(ordering: .acquiring) == tag {
            var word = words(set)[way].load(ordering: .acquiring)
            // The tag is looked at behind the word: if it is still the same and the word too when it is exchanged, the
            // slot was this bucket's all the time.
            while word != Self.changing, tags(set)[way].load(ordering: .acquiring) == tag {
                let decision = bucket.take(full: word >> Self.versionBits, now: now)
                guard case .admitted(let full) = decision else { return decision }
                let (done, original) = words(set)[way].compareExchange(
                    expected: word,
                    desired: Self.word(full, version: word),
                    ordering: .acquiringAndReleasing
                )
                if done { return decision }
                word = original
            }
            return nil
        }
        return nil
    }

    /// Behind the set's gate.
    private func takeFromNew(_ tag: UInt64, in set: Int, now: UInt64) -> TokenBucket.Decision {
        while true {
            var way = 0
            var word = UInt64.max
            for candidate in 0..<Self.ways {
                let other = words(set)[candidate].load(ordering: .acquiring)
                if other >> Self.versionBits < word >> Self.versionBits { (way, word) = (candidate, other) }
            }
            let (done, _) = words(set)[way].compareExchange(
                expected: word,
                desired: Self.changing,
                ordering: .acquiringAndReleasing
            )
            // Its owner came by: another one may be the fullest now.
            guard done else { continue }
            if word >> Self.versionBits > now { displacements.add(1, ordering: .relaxed) }
            let full = now + bucket.interval
            tags(set)[way].store(tag, ordering: .releasing)
            words(set)[way].store(Self.word(full, version: word &+ 1), ordering: .releasing)
            return .admitted(full: full)
        }
    }

    // MARK: - Sets

    private func tags(_ set: Int) -> UnsafeMutablePointer<Atomic<UInt64>> { slots + set * 2 * Self.ways }
    private func words(_ set: Int) -> UnsafeMutablePointer<Atomic<UInt64>> { slots + (set * 2 + 1) * Self.ways }

    /// - Parameter version: a word whose version is taken.
    private static func word(_ full: UInt64, version: UInt64) -> UInt64 {
        full << versionBits | version & versionMask
    }

    func setIndex(_ tag: UInt64) -> Int {
        Int(truncatingIfNeeded: tag >> 32) & (setCount - 1)
    }

    /// Closes the set's gate behind this thread; false where another one is inside and stays there. An event loop must not
    /// give up its turn here: that of a busy machine takes milliseconds.
    func enter(_ set: Int) -> Bool {
        for _ in 0..<Self.tries where gates[set].load(ordering: .relaxed) == 0 {
            if gates[set].exchange(1, ordering: .acquiring) == 0 { return true }
        }
        return false
    }

    func leave(_ set: Int) {
        gates[set].store(0, ordering: .releasing)
    }
}
