/// A token bucket per key: limits the logins of a client address, or the failures of a user.
///
/// This is a value without a clock; times are milliseconds since 1970. It is bounded: with too many keys, the least
/// recently used one is dropped, whose bucket is most likely full again.
package struct KeyedRate<Key: Hashable & Sendable>: Sendable {
    /// A bucket, kept as the time at which it will be full again (the "virtual scheduling" form of the generic cell rate
    /// algorithm, ITU-T I.371), linked with those used before and after it.
    private struct Bucket {
        var key: Key
        /// Nanoseconds since 1970.
        var fullAt: Int64
        var older: Int32
        var newer: Int32
    }

    private static var none: Int32 { -1 }

    /// Nanoseconds in which one token comes back.
    private let interval: Int64
    /// Nanoseconds in which an empty bucket fills.
    private let fillTime: Int64
    private let capacity: Int
    private var indices: [Key: Int32] = [:]
    private var buckets: [Bucket] = []
    private var oldest: Int32 = -1
    private var newest: Int32 = -1

    /// - Parameters:
    ///   - interval: milliseconds in which one token is refilled, 1 to 86,400,000.
    ///   - burst: the capacity of a bucket, 1 to 1,000.
    ///   - capacity: the maximum number of keys, 1 to 1,048,576.
    package init(interval: Int64, burst: Int, capacity: Int) {
        self.init(
            nanoseconds: min(max(1, interval), 86_400_000) * 1_000_000,
            burst: min(burst, 1000),
            capacity: capacity
        )
    }

    /// - Parameters:
    ///   - perSecond: 1 to 1,000,000.
    ///   - burst: the capacity of a bucket, 1 to 1,000,000.
    ///   - capacity: the maximum number of keys, 1 to 1,048,576.
    package init(perSecond: Int, burst: Int, capacity: Int) {
        self.init(
            nanoseconds: 1_000_000_000 / Int64(min(max(1, perSecond), 1_000_000)),
            burst: burst,
            capacity: capacity
        )
    }

    private init(nanoseconds: Int64, burst: Int, capacity: Int) {
        interval = nanoseconds
        fillTime = interval * Int64(min(max(1, burst), 1_000_000))
        self.capacity = min(max(1, capacity), 1 << 20)
    }

    /// Keys kept.
    package var count: Int { buckets.count }

    /// Takes one token out of the key's bucket; nil: admitted. Otherwise the number of seconds, at least 1, until the
    /// next token.
    package mutating func admit(_ key: Key, now: Int64) -> Int? {
        let time = now &* 1_000_000
        let index = index(of: key, time)
        var fullAt = buckets[Int(index)].fullAt
        // A clock that was set back finds a bucket that is empty, never one that is more than that.
        fullAt = min(max(fullAt, time), time + fillTime)
        let rest = fullAt + interval - (time + fillTime)
        guard rest <= 0 else {
            buckets[Int(index)].fullAt = fullAt
            return Int(max(1, (rest + 999_999_999) / 1_000_000_000))
        }
        buckets[Int(index)].fullAt = fullAt + interval
        return nil
    }

    /// Gives back a token that `admit` took and that was not used.
    package mutating func giveBack(_ key: Key) {
        guard let index = indices[key] else { return }
        buckets[Int(index)].fullAt -= interval
    }

    /// The bucket of the key, the newest from now on.
    private mutating func index(of key: Key, _ time: Int64) -> Int32 {
        if let index = indices[key] {
            unlink(index)
            link(index)
            return index
        }
        let index: Int32
        if buckets.count < capacity {
            index = Int32(buckets.count)
            buckets.append(Bucket(key: key, fullAt: time, older: Self.none, newer: Self.none))
        } else {
            index = oldest
            unlink(index)
            indices[buckets[Int(index)].key] = nil
            buckets[Int(index)].key = key
            buckets[Int(index)].fullAt = time
        }
        indices[key] = index
        link(index)
        return index
    }

    private mutating func unlink(_ index: Int32) {
        let (older, newer) = (buckets[Int(index)].older, buckets[Int(index)].newer)
        if older == Self.none { oldest = newer } else { buckets[Int(older)].newer = newer }
        if newer == Self.none { newest = older } else { buckets[Int(newer)].older = older }
    }

    private mutating func link(_ index: Int32) {
        buckets[Int(index)].older = newest
        buckets[Int(index)].newer = Self.none
        if newest == Self.none { oldest = index } else { buckets[Int(newest)].newer = index }
        newest = index
    }
}
