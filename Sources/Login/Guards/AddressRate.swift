/// How many logins a client's address may ask for: a token bucket for each. Carriers put many users behind one address, so
/// the rate is high; it stops scripts, not users.
///
/// A value without a clock; times are milliseconds since 1970. Bounded: where there are too many addresses, the one that
/// was not heard of for longest gives way; its bucket has most likely been full again.
package struct AddressRate: Sendable {
    /// A bucket, kept as the time at which it will be full again (the "virtual scheduling" form of the generic cell rate
    /// algorithm, ITU-T I.371), linked with those used before and after it.
    private struct Bucket {
        var key: AddressKey
        /// Nanoseconds since 1970.
        var fullAt: Int64
        var older: Int32
        var newer: Int32
    }

    private static let none: Int32 = -1

    /// Nanoseconds in which one login comes back.
    private let interval: Int64
    /// Nanoseconds in which an empty bucket fills.
    private let fillTime: Int64
    private let capacity: Int
    private var places: [AddressKey: Int32] = [:]
    private var buckets: [Bucket] = []
    private var oldest = none
    private var newest = none

    /// - Parameters:
    ///   - perSecond: 1 to 1,000,000.
    ///   - burst: what a full bucket holds, 1 to 1,000,000.
    ///   - capacity: addresses kept, 1 to 1,048,576.
    package init(perSecond: Int = 200, burst: Int = 200, capacity: Int = 65_536) {
        interval = 1_000_000_000 / Int64(min(max(1, perSecond), 1_000_000))
        fillTime = interval * Int64(min(max(1, burst), 1_000_000))
        self.capacity = min(max(1, capacity), 1 << 20)
    }

    /// Addresses kept.
    package var count: Int { buckets.count }

    /// Takes one login out of the address's bucket; nil: it may go on. Else the seconds, at least 1, after which there will
    /// be one.
    package mutating func admit(_ key: AddressKey, now: Int64) -> Int? {
        let time = now &* 1_000_000
        let index = place(of: key, time)
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

    /// `admit` for an address as text.
    package mutating func admit(_ clientAddress: [UInt8], now: Int64) -> Int? {
        admit(AddressKey(clientAddress), now: now)
    }

    /// The bucket of the address, the newest from now on.
    private mutating func place(of key: AddressKey, _ time: Int64) -> Int32 {
        if let index = places[key] {
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
            places[buckets[Int(index)].key] = nil
            buckets[Int(index)].key = key
            buckets[Int(index)].fullAt = time
        }
        places[key] = index
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
