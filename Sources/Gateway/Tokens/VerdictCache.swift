/// A cache of valid tokens, so that the next request with the same token costs a lookup.
///
/// A fixed number of entries in sets of sixteen; within a set the least recently used one is evicted. With smaller
/// sets, alternating tokens would evict each other long before the cache is full. A set allocates memory with its first
/// entry. Only valid tokens are cached: an invalid one cannot evict a valid one. It belongs to one worker.
struct VerdictCache {
    /// A token by a hash of its last bytes; one cache's keys mean nothing to another.
    struct Key {
        fileprivate let hash: UInt64

        /// Its slot in a table of this size, a power of two, and its fingerprint, which is never 0.
        func fingerprint(in count: Int) -> (slot: Int, mark: UInt32) {
            (Int(truncatingIfNeeded: hash >> 32) & (count - 1), UInt32(truncatingIfNeeded: hash) | 1)
        }
    }

    private struct Entry {
        var identity: Identity?
        /// The identity's, in unix seconds; here too, since identities lie apart in memory.
        var expiresAt: Int64 = 0
        var generation: UInt32 = 0
        /// The cache's count of uses when this one was used last; it may wrap around.
        var lastUse: UInt32 = 0

        /// Whether the entry may answer: it is in use, belongs to the current rules, and has not expired.
        func counts(_ generation: UInt32, _ now: Int64) -> Bool {
            identity != nil && self.generation == generation && now < expiresAt
        }
    }

    /// Summary of a set, so that its entries, which are further apart than a processor's cache lines, need not be read.
    private struct Ways {
        /// Where its entries begin, in units of `ways` and from 1; 0 where it has no memory yet.
        var number: UInt32 = 0
        /// All its entries count under this generation of the rules until `fullUntil`, in unix seconds.
        var generation: UInt32 = 0
        var fullUntil: Int64 = .min

        /// Its places among the entries; none where it has no memory yet.
        var slots: Range<Int> {
            let end = Int(number) * VerdictCache.ways
            return number == 0 ? 0..<0 : end - VerdictCache.ways..<end
        }
    }

    private static let ways = 16

    private var sets: [Ways]
    private var entries: [Entry] = []
    /// The entries' keys, close together, since a look-up goes through a whole set of them; 0 where there is none.
    private var hashes: [UInt64] = []
    private var uses: UInt32 = 0
    private let secret: InlineArray<4, UInt64>

    /// - Parameter capacity: entries at most; rounded up to a power of two, 16 at least.
    init(capacity: Int) {
        var count = 1
        while count * Self.ways < capacity { count *= 2 }
        sets = [Ways](repeating: Ways(), count: count)
        var random = SystemRandomNumberGenerator()
        secret = InlineArray { _ in random.next() }
    }

    /// Nil for a text that is too short to be a token.
    ///
    /// The last 32 bytes are three quarters of the signature, which only the holder of the signing key can choose, so
    /// they need no further mixing: two multiplications with random secrets keep clients from collecting tokens of one
    /// set. Equal hashes of different tokens cost time but never give a wrong result, since the whole token is
    /// compared.
    func key(of token: Span<UInt8>) -> Key? {
        guard token.count >= 64 else { return nil }
        let bytes = token.bytes
        let end = bytes.byteCount
        func word(_ back: Int) -> UInt64 { bytes.unsafeLoadUnaligned(fromByteOffset: end - back, as: UInt64.self) }
        let first = (word(32) ^ secret[0]).multipliedFullWidth(by: word(24) ^ secret[1])
        let second = (word(16) ^ secret[2]).multipliedFullWidth(by: word(8) ^ secret[3])
        return Key(hash: (first.high ^ first.low) &+ (second.high ^ second.low))
    }

    /// Returns the result of an earlier verification under the same generation of the rules. The caller checks the
    /// expiry.
    mutating func find(_ token: Span<UInt8>, key: Key, generation: UInt32) -> Identity? {
        for slot in sets[setIndex(key)].slots where hashes[slot] == key.hash {
            guard entries[slot].generation == generation, let identity = entries[slot].identity,
                identity.isToken(token)
            else { continue }
            uses &+= 1
            entries[slot].lastUse = uses
            return identity
        }
        return nil
    }

    /// Whether a new entry would push out none that counts at `now`, in unix seconds; after a clock was set back it may push
    /// out one.
    func hasRoom(for key: Key, generation: UInt32, now: Int64) -> Bool {
        let set = sets[setIndex(key)]
        return set.generation != generation || now >= set.fullUntil
    }

    /// Remembers a good token that `find` did not have; `now` in unix seconds.
    mutating func insert(_ identity: Identity, key: Key, generation: UInt32, now: Int64) {
        let set = setIndex(key)
        if sets[set].number == 0 {
            for _ in 0..<Self.ways { entries.append(Entry()) }
            for _ in 0..<Self.ways { hashes.append(0) }
            sets[set].number = UInt32(entries.count / Self.ways)
        }
        let slots = sets[set].slots
        uses &+= 1
        let slot = victim(in: slots, generation, now)
        hashes[slot] = key.hash
        entries[slot] = Entry(
            identity: identity,
            expiresAt: identity.expiresAt,
            generation: generation,
            lastUse: uses
        )
        sets[set].generation = generation
        sets[set].fullUntil = fullUntil(slots, generation, now)
    }

    /// Forgets one token.
    mutating func remove(_ identity: Identity, key: Key) {
        let set = setIndex(key)
        for slot in sets[set].slots where entries[slot].identity === identity {
            hashes[slot] = 0
            entries[slot] = Entry()
            sets[set].fullUntil = .min
        }
    }

    /// The place for a new entry: one that does not count, else the one used longest ago.
    private func victim(in slots: Range<Int>, _ generation: UInt32, _ now: Int64) -> Int {
        var oldest = slots.lowerBound
        var greatestAge: UInt32 = 0
        for slot in slots {
            guard entries[slot].counts(generation, now) else { return slot }
            let age = uses &- entries[slot].lastUse
            if age > greatestAge {
                oldest = slot
                greatestAge = age
            }
        }
        return oldest
    }

    /// When the first of these entries ceases to count; the beginning of time where one does not count now.
    private func fullUntil(_ slots: Range<Int>, _ generation: UInt32, _ now: Int64) -> Int64 {
        var earliest = Int64.max
        for slot in slots {
            guard entries[slot].counts(generation, now) else { return .min }
            earliest = min(earliest, entries[slot].expiresAt)
        }
        return earliest
    }

    private func setIndex(_ key: Key) -> Int {
        Int(truncatingIfNeeded: key.hash) & (sets.count - 1)
    }
}
