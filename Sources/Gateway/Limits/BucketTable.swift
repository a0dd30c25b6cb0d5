import Glibc
import Synchronization

/// The buckets of one limit, by a hash of their key: a fixed array of 64-bit atomics that all workers share.
///
/// Eight slots form a set, and each hash belongs to one set. A slot consists of a tag, which is the whole hash, and a
/// word: the instant at which the bucket is full again, and a version that counts how often the slot has changed
/// owners. Taking a token from an existing bucket is one compare-and-swap. The version makes this safe: if the slot has
/// changed owners in the meantime, the word differs.
///
/// If memory is short, a new bucket takes an empty slot or one whose bucket is full again, which is equivalent. Only if
/// all eight are in use is the bucket evicted that would be full first, and its owner starts again with a full bucket:
/// too many requests may pass, but none is refused because of other clients. A client far above its limit has a bucket
/// far from full, which stays.
///
/// Only assigning slots needs one thread at a time, per set: another thread with a new bucket for the set in the same
/// nanoseconds retries a bounded number of times, for about a microsecond, and never waits. If the first thread has
/// been descheduled, the request passes uncounted, which is counted.
final class BucketTable: @unchecked Sendable {
    /// The result for one request.
    struct Outcome: Equatable {
        let decision: TokenBucket.Decision
        /// False if no slot was available and the request passed uncounted.
        var isCounted = true
    }

    static let ways = 8
    /// Four MiB of slots; memory that was never used is not there yet.
    static let usualSlots = 1 << 18

    private static let versionBits = UInt64(64 - TokenBucket.instantBits)
    private static let versionMask: UInt64 = 1 << versionBits - 1
    /// The word of a slot that is being reassigned. No instant comes near it.
    private static let changing = UInt64.max
    /// The number of retries at a closed gate: a few times the duration of an assignment.
    private static let tries = 512

    let slotCount: Int
    private let bucket: TokenBucket
    private let setCount: Int
    /// For each set its eight tags, then its eight words: two lines of the cache.
    private let slots: UnsafeMutablePointer<Atomic<UInt64>>
    /// For each set, whether a thread is assigning slots.
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
        // Another thread may have added the bucket in the meantime. From here on only this thread reassigns slots of
        // this set.
        if let decision = takeFromKnown(tag, in: set, now: now) { return Outcome(decision: decision) }
        return Outcome(decision: takeFromNew(tag, in: set, now: now))
    }

    /// Assigns a slot to a bucket in advance, so that its requests never wait for one.
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
            // The tag is read after the word: if the tag matches and the word is unchanged at the exchange, the slot
            // belonged to this bucket all the time.
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
            // Its owner took a token: another bucket may be the fullest now.
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

    /// Closes the set's gate; false if another thread stays inside. An event loop must not yield here: on a busy
    /// machine that takes milliseconds.
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
