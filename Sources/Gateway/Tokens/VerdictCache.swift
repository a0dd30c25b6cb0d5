/// Tokens that were found good, so that the next request with the same one costs a look-up.
///
/// A fixed number of entries, sixteen to a set; within a set the one used longest ago makes way. With fewer to a set,
/// tokens that come in turn would push each other out long before all entries are taken: a set that has one too many then
/// answers for none of them. A set takes memory when its first entry comes. Good tokens only: a bad one cannot push a good
/// one out. One worker's own.
struct VerdictCache {
    /// A token by a hash of its last bytes; one cache's keys mean nothing to another.
    struct Key {
        fileprivate let hash: UInt64

        /// Its place in a table of so many, a power of two, and what it leaves there; never 0.
        func sighting(of count: Int) -> (place: Int, mark: UInt32) {
            (Int(truncatingIfNeeded: hash >> 32) & (count - 1), UInt32(truncatingIfNeeded: hash) | 1)
        }
    }

    private struct Entry {
        var hash: UInt64 = 0
        var identity: Identity?
        /// The identity's, in unix seconds; here too, since identities lie apart in memory.
        var expiresAt: Int64 = 0
        var generation: UInt32 = 0
        /// The cache's count of uses when this one was used last; it may wrap around.
        var lastUse: UInt32 = 0

        /// Whether it may answer for its token: it is there, of the rules in force, and not expired.
        func counts(_ generation: UInt32, _ now: Int64) -> Bool {
            identity != nil && self.generation == generation && now < expiresAt
        }
    }

    private static let ways = 16

    /// For each set, where in `entries` it begins, in units of `ways` and from 1; 0 where it has no memory yet.
    private var sets: [UInt32]
    private var entries: [Entry] = []
    private var uses: UInt32 = 0
    private let secret: InlineArray<4, UInt64>

    /// - Parameter capacity: entries at most; rounded up to a power of two, 16 at least.
    init(capacity: Int) {
        var count = 1
        while count * Self.ways < capacity { count *= 2 }
        sets = [UInt32](repeating: 0, count: count)
        var random = SystemRandomNumberGenerator()
        secret = InlineArray { _ in random.next() }
    }

    /// Nil for a text that is too short to be a token.
    ///
    /// The last 32 bytes are three quarters of the signature, which only the holder of the signing key can choose, so
    /// they need no mixing of their own: two multiplications with random secrets keep a client from collecting tokens
    /// of one set. Equal hashes of different tokens cost time, never a wrong answer, for the whole token is compared.
    func key(of token: Span<UInt8>) -> Key? {
        guard token.count >= 64 else { return nil }
        let bytes = token.bytes
        let end = bytes.byteCount
        func word(_ back: Int) -> UInt64 { bytes.unsafeLoadUnaligned(fromByteOffset: end - back, as: UInt64.self) }
        let first = (word(32) ^ secret[0]).multipliedFullWidth(by: word(24) ^ secret[1])
        let second = (word(16) ^ secret[2]).multipliedFullWidth(by: word(8) ^ secret[3])
        return Key(hash: (first.high ^ first.low) &+ (second.high ^ second.low))
    }

    /// What an earlier verification under the same generation of the rules found. Expiry is the caller's to check.
    mutating func find(_ token: Span<UInt8>, key: Key, generation: UInt32) -> Identity? {
        let number = sets[setIndex(key)]
        guard number > 0 else { return nil }
        let start = (Int(number) - 1) * Self.ways
        for index in start..<start + Self.ways where entries[index].hash == key.hash {
            guard entries[index].generation == generation, let identity = entries[index].identity,
                token.isEqual(to: identity.token)
            else { continue }
            uses &+= 1
            entries[index].lastUse = uses
            return identity
        }
        return nil
    }

    /// Whether a new entry would push out none that counts at `now`, in unix seconds.
    func hasRoom(for key: Key, generation: UInt32, now: Int64) -> Bool {
        let number = sets[setIndex(key)]
        guard number > 0 else { return true }
        let start = (Int(number) - 1) * Self.ways
        return !entries[victim(from: start, generation, now)].counts(generation, now)
    }

    /// Remembers a good token that `find` did not have; `now` in unix seconds.
    mutating func insert(_ identity: Identity, key: Key, generation: UInt32, now: Int64) {
        let set = setIndex(key)
        if sets[set] == 0 {
            for _ in 0..<Self.ways { entries.append(Entry()) }
            sets[set] = UInt32(entries.count / Self.ways)
        }
        let start = (Int(sets[set]) - 1) * Self.ways
        uses &+= 1
        entries[victim(from: start, generation, now)] = Entry(
            hash: key.hash,
            identity: identity,
            expiresAt: identity.expiresAt,
            generation: generation,
            lastUse: uses
        )
    }

    /// Forgets one token.
    mutating func remove(_ identity: Identity, key: Key) {
        let number = sets[setIndex(key)]
        guard number > 0 else { return }
        let start = (Int(number) - 1) * Self.ways
        for index in start..<start + Self.ways where entries[index].identity === identity {
            entries[index] = Entry()
        }
    }

    /// The place for a new entry: one that does not count, else the one used longest ago.
    private func victim(from start: Int, _ generation: UInt32, _ now: Int64) -> Int {
        var oldest = start
        var greatestAge: UInt32 = 0
        for index in start..<start + Self.ways {
            guard entries[index].counts(generation, now) else { return index }
            let age = uses &- entries[index].lastUse
            if age > greatestAge {
                oldest = index
                greatestAge = age
            }
        }
        return oldest
    }

    private func setIndex(_ key: Key) -> Int {
        Int(truncatingIfNeeded: key.hash) & (sets.count - 1)
    }
}
