import Configuration
import RandomJSON
import Testing

@testable import Gateway

@Suite("A token bucket lets through what it should, exactly")
struct TokenBucketTests {
    static let rates: [(count: Int, seconds: Int64, burst: Int)] = [
        (1, 1, 1), (10, 1, 20), (7, 1, 3), (600, 60, 600), (1_000_000, 1, 1_000_000), (999_983, 1, 17), (1, 86_400, 30),
        (100, 3_600, 1), (3, 60, 1000),
    ]

    private static func bucket(_ rate: (count: Int, seconds: Int64, burst: Int)) -> TokenBucket {
        TokenBucket(RequestRate(count: rate.count, period: .seconds(rate.seconds)), burst: rate.burst)
    }

    /// A bucket as everybody draws it, in whole numbers: a level that rises with time and falls with each request.
    private struct Level {
        let capacity: Int128
        let cost: Int128
        var level: Int128
        var last: Int128 = 0

        mutating func rise(to now: Int128, by rate: Int128) {
            level = min(capacity, level + (now - last) * rate)
            last = now
        }
    }

    @Test("decides as a level in whole ticks does, for any arrivals", arguments: rates)
    func model(_ rate: (count: Int, seconds: Int64, burst: Int)) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let bucket = Self.bucket(rate)
        var model = Level(
            capacity: Int128(bucket.capacity),
            cost: Int128(bucket.interval),
            level: Int128(bucket.capacity)
        )
        var full: UInt64 = 0
        var time = Int64.random(in: 0...1_000_000_000_000_000, using: &random)
        let step = max(rate.seconds * 1_000_000_000 / Int64(rate.count), 1)
        for _ in 0..<20_000 {
            time +=
                Int64.random(in: 0...9, using: &random) == 0
                ? Int64.random(in: 0...(step * Int64(rate.burst) * 2), using: &random)
                : Int64.random(in: 0...(step * 2), using: &random) / Int64.random(in: 1...3, using: &random)
            let now = bucket.instant(time)
            model.rise(to: Int128(now), by: 1)
            let isAdmitted = model.level >= model.cost
            switch bucket.take(full: full, now: now) {
            case .admitted(let next):
                #expect(isAdmitted, "seed \(seed)")
                full = next
                model.level -= model.cost
                #expect(bucket.remaining(full: full, now: now) == Int(model.level / model.cost), "seed \(seed)")
            case .refused(let wait, let then):
                #expect(!isAdmitted, "seed \(seed)")
                #expect(then == full, "seed \(seed)")
                #expect(Int128(wait) == model.cost - model.level, "seed \(seed)")
                #expect(bucket.take(full: full, now: now + wait) == .admitted(full: full + bucket.interval))
            }
        }
    }

    @Test("is never further than two ticks from the same bucket in nanoseconds", arguments: rates)
    func exactTime(_ rate: (count: Int, seconds: Int64, burst: Int)) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let bucket = Self.bucket(rate)
        // In requests times the period's nanoseconds: no rounding at all.
        let period = Int128(rate.seconds) * 1_000_000_000
        let tick = period / Int128(bucket.interval) + 1
        var model = Level(capacity: period * Int128(rate.burst), cost: period, level: period * Int128(rate.burst))
        var full: UInt64 = 0
        var time: Int64 = 0
        let step = max(rate.seconds * 1_000_000_000 / Int64(rate.count), 1)
        // No longer than a machine is up.
        for _ in 0..<min(20_000, 15 * 365 * 86_400_000_000_000 / step) {
            time += Int64.random(in: 0...(step * 2), using: &random)
            model.rise(to: Int128(time), by: Int128(rate.count))
            switch bucket.take(full: full, now: bucket.instant(time)) {
            case .admitted(let next):
                #expect(model.level >= model.cost - 2 * tick, "seed \(seed)")
                full = next
                model.level -= model.cost
            case .refused:
                #expect(model.level < model.cost + 2 * tick, "seed \(seed)")
            }
        }
    }

    @Test("counts on for twenty years", arguments: rates)
    func longTime(_ rate: (count: Int, seconds: Int64, burst: Int)) {
        let bucket = Self.bucket(rate)
        let late = bucket.instant(20 * 365 * 86_400 * 1_000_000_000)
        #expect(late < 1 << UInt64(TokenBucket.instantBits - 1))
        #expect(late + 2 * bucket.capacity < 1 << UInt64(TokenBucket.instantBits))
        #expect(bucket.instant(.max) >= late)
        #expect(bucket.instant(-1) == 0)
        // A tick is short beside a request, and beside what a person notices.
        #expect(bucket.interval > 1)
        #expect(bucket.instant(86_400_000_000_000) > bucket.instant(86_399_000_000_000))
    }

    @Test("tells seconds rounded up")
    func seconds() {
        let bucket = Self.bucket((10, 1, 20))
        #expect(bucket.seconds(bucket.capacity) == 2)
        #expect(bucket.seconds(bucket.interval) == 1)
        #expect(bucket.seconds(bucket.capacity + 1) == 3)
        #expect(bucket.seconds(0) == 0)
        #expect(bucket.seconds(.max) > 0)
    }
}
