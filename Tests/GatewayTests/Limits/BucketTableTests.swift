import Configuration
import RandomJSON
import Synchronization
import Testing

@testable import Gateway

@Suite("The buckets that all workers share")
struct BucketTableTests {
    private static func bucket(burst: Int) -> TokenBucket {
        TokenBucket(RequestRate(count: 10, period: .seconds(1)), burst: burst)
    }

    /// Hashes of one set, whatever the table's size.
    private static func crowd(_ count: Int) -> [UInt64] { (1...UInt64(count)).map { $0 } }

    /// Runs the same work on several threads at once.
    private static func together(_ threads: Int, _ work: @escaping @Sendable (Int) -> Void) throws {
        let gate = Gate()
        let running = try (0..<threads).map { number in
            try BlockingThread {
                do { try gate.wait() } catch { return }
                work(number)
            }
        }
        gate.open()
        for thread in running { thread.join() }
    }

    @Test("each key has a bucket of its own, as in a dictionary", arguments: [1, 50, 5000])
    func model(keys: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let bucket = Self.bucket(burst: 5)
        let table = BucketTable(bucket, slots: 1 << 16)
        let hashes = (0..<keys).map { _ in random.next() }
        var model: [UInt64: UInt64] = [:]
        var now: UInt64 = 1 << 30
        for _ in 0..<50_000 {
            now += UInt64.random(in: 0...(bucket.interval / 4), using: &random)
            let hash = hashes[Int.random(in: 0..<keys, using: &random)]
            if Int.random(in: 0..<10, using: &random) == 0, let full = model[hash], full > now + bucket.interval {
                table.giveBack(hash)
                model[hash] = full - bucket.interval
                continue
            }
            let expected = bucket.take(full: model[hash] ?? 0, now: now)
            #expect(table.take(hash, now: now).decision == expected, "seed \(seed)")
            if case .admitted(let full) = expected { model[hash] = full }
        }
        // Rare among random hashes, and then nobody was refused for it.
        #expect(table.displacedCount == 0, "seed \(seed)")
        #expect(table.uncountedCount == 0)
    }

    @Test("many threads on one bucket get its burst and no more")
    func oneKey() throws {
        for burst in [1, 7, 1000] {
            let table = BucketTable(Self.bucket(burst: burst))
            let admitted = Counter()
            try Self.together(8) { _ in
                for _ in 0..<2000 {
                    if case .admitted = table.take(42, now: 1 << 30).decision { admitted.add() }
                }
            }
            #expect(admitted.value == burst + table.uncountedCount)
        }
    }

    @Test("many threads over time get the burst and what time brings, and no more")
    func oneKeyOverTime() throws {
        let bucket = Self.bucket(burst: 20)
        let table = BucketTable(bucket)
        let start: UInt64 = 1 << 30
        let clock = Counter()
        let admitted = Counter()
        try Self.together(8) { _ in
            for _ in 0..<20_000 {
                let now = start + UInt64(clock.add()) * bucket.interval / 16
                if case .admitted = table.take(42, now: now).decision { admitted.add() }
            }
        }
        let elapsed = 8 * 20_000 / 16
        // The last look at the clock is not the last to take: a few of the last tokens may be left.
        #expect(admitted.value <= 20 + elapsed + table.uncountedCount)
        #expect(admitted.value >= elapsed - 20)
    }

    @Test("many threads that bring the same new keys to one set make one bucket of each")
    func newKeys() throws {
        for round in 0..<200 {
            let table = BucketTable(Self.bucket(burst: 3), slots: 8)
            let hashes = Self.crowd(8)
            let admitted = hashes.map { _ in Counter() }
            try Self.together(4) { number in
                for step in 0..<80 {
                    let index = (step + number + round) % hashes.count
                    if case .admitted = table.take(hashes[index], now: 1 << 30).decision { admitted[index].add() }
                }
            }
            // Where a thread slept behind the gate, others came through uncounted, and tokens may be left.
            for (hash, admitted) in zip(hashes, admitted) {
                while case .admitted = table.take(hash, now: 1 << 30).decision { admitted.add() }
            }
            let total = admitted.reduce(0) { $0 + $1.value }
            #expect(total == 3 * hashes.count + table.uncountedCount)
            #expect(admitted.allSatisfy { $0.value >= 3 })
            #expect(table.displacedCount == 0)
        }
    }

    @Test("while another thread holds a set, known buckets are counted and new ones come through uncounted")
    func heldSet() {
        let bucket = Self.bucket(burst: 2)
        let table = BucketTable(bucket, slots: 16)
        let now: UInt64 = 1 << 30
        // Two hashes of one set, and one of the other.
        let (known, new, other): (UInt64, UInt64, UInt64) = (1, 2, 1 << 32)
        table.prepare(known)
        #expect(table.enter(table.setIndex(known)))
        #expect(!table.enter(table.setIndex(new)))
        for _ in 0..<2 { #expect(table.take(known, now: now).isCounted) }
        #expect(table.take(known, now: now).decision == .refused(wait: bucket.interval, full: now + bucket.capacity))
        for count in 1...5 {
            #expect(
                table.take(new, now: now)
                    == BucketTable.Outcome(decision: .admitted(full: now + bucket.interval), isCounted: false)
            )
            #expect(table.uncountedCount == count)
        }
        #expect(table.take(other, now: now).isCounted)
        table.leave(table.setIndex(known))
        for _ in 0..<2 { #expect(table.take(new, now: now).isCounted) }
        #expect(table.take(new, now: now).decision == .refused(wait: bucket.interval, full: now + bucket.capacity))
        #expect(table.uncountedCount == 5)
    }

    @Test("a bucket that has its slot beforehand is a full one")
    func prepared() {
        let bucket = Self.bucket(burst: 3)
        let table = BucketTable(bucket, slots: 8)
        table.prepare(5)
        for _ in 0..<3 { #expect(table.take(5, now: 0).isCounted) }
        #expect(table.take(5, now: 0).decision == .refused(wait: bucket.interval, full: bucket.capacity))
    }

    @Test("whoever is refused has spent a burst of their own, however many share a set")
    func innocents() throws {
        let burst = 4
        let table = BucketTable(Self.bucket(burst: burst), slots: 8)
        let hashes = Self.crowd(40)
        let asked = hashes.map { _ in Counter() }
        let wronged = Counter()
        let refused = Counter()
        try Self.together(6) { number in
            var random = SeededGenerator(seed: UInt64(number))
            for _ in 0..<20_000 {
                // A few ask far more often than the others.
                let index = Int.random(in: 0..<(Bool.random(using: &random) ? 4 : hashes.count), using: &random)
                asked[index].add()
                if case .refused = table.take(hashes[index], now: 1 << 30).decision {
                    refused.add()
                    if asked[index].value <= burst { wronged.add() }
                }
            }
        }
        #expect(wronged.value == 0)
        #expect(refused.value > 0)
        #expect(table.displacedCount > 0)
    }

    @Test("the one that is nearest to full gives way; who asks too often stays")
    func displacement() {
        let bucket = Self.bucket(burst: 100)
        let table = BucketTable(bucket, slots: 8)
        let now: UInt64 = 1 << 30
        for hash in Self.crowd(8) {
            for _ in 0..<(10 * hash) { _ = table.take(hash, now: now) }
        }
        // The ninth is new and comes through; the first, with the least debt, has given way.
        #expect(table.take(9, now: now).decision == .admitted(full: now + bucket.interval))
        #expect(table.displacedCount == 1)
        for _ in 0..<20 { _ = table.take(8, now: now) }
        #expect(table.take(8, now: now).decision == .refused(wait: bucket.interval, full: now + bucket.capacity))
        // The ninth is the one with the least debt now.
        #expect(table.take(1, now: now).decision == .admitted(full: now + bucket.interval))
        #expect(table.displacedCount == 2)
        #expect(table.take(8, now: now).decision == .refused(wait: bucket.interval, full: now + bucket.capacity))
    }

    @Test("a bucket that is full again gives way first, and that is no loss")
    func stale() {
        let bucket = Self.bucket(burst: 2)
        let table = BucketTable(bucket, slots: 8)
        var now: UInt64 = 1 << 30
        for hash in Self.crowd(8) { _ = table.take(hash, now: now) }
        now += bucket.interval
        for hash in Self.crowd(16).dropFirst(8) { _ = table.take(hash, now: now) }
        #expect(table.displacedCount == 0)
    }

    @Test("a million keys take no more memory than a few, and none is refused its first requests")
    func million() {
        let table = BucketTable(Self.bucket(burst: 2))
        let bytes = table.byteCount
        #expect(bytes < 5 << 20)
        var random = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<1_000_000 {
            let hash = random.next()
            for _ in 0..<2 {
                if case .refused = table.take(hash, now: 1 << 30).decision { refused += 1 }
            }
        }
        #expect(refused == 0)
        #expect(table.byteCount == bytes)
        #expect(table.displacedCount > 0)
    }
}

/// A number that threads count up together.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    /// The number after it.
    @discardableResult
    func add() -> Int { number.add(1, ordering: .sequentiallyConsistent).newValue }
}
