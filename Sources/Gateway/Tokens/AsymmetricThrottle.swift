package import Configuration

/// Slows down clients that send tokens with invalid ES256, EdDSA or RS256 signatures: refusing one costs tens of
/// microseconds, and making one up costs nothing.
///
/// A token bucket per address: a failure takes one token, and tokens are refilled at a rate per second. Only addresses
/// with failures have an entry. What the connection did is `SignatureRecord`. The table has a fixed size; if it is full, the address with the most tokens is evicted.
/// An IPv6 client counts as its /64. Times are seconds.
package struct AsymmetricThrottle: Sendable {
    private struct Entry {
        var client = IPAddress(high: 0, low: 0)
        /// Whether the entry is in use.
        var isTaken = false
        var left = 0
        /// The time of the last change of `left`.
        var since: Int64 = 0
    }

    private static let ways = 4

    private let burst: Int
    private let perSecond: Int
    private let secret: UInt64
    /// One less than the number of sets, which is a power of two.
    private let setMask: Int
    /// Empty until the first failure.
    private var entries: [Entry] = []

    /// - Parameters:
    ///   - burst: the failures that a client may have at once.
    ///   - perSecond: the failures that are refilled per second.
    ///   - capacity: the maximum number of addresses, rounded up to a power of two, at least 4.
    ///   - secret: random, so that nobody can choose addresses that evict a certain one.
    package init(burst: Int = 20, perSecond: Int = 5, capacity: Int = 4096, secret: UInt64) {
        self.burst = burst
        self.perSecond = perSecond
        self.secret = secret
        var sets = 1
        while sets * Self.ways < capacity { sets *= 2 }
        setMask = sets - 1
    }

    /// Whether one more verification may fail.
    package func allows(_ client: IPAddress, now: Int64) -> Bool {
        guard !entries.isEmpty, let index = index(of: Self.network(client)) else { return true }
        return left(entries[index], now: now) > 0
    }

    /// A verification failed.
    package mutating func recordFailure(of client: IPAddress, now: Int64) {
        if entries.isEmpty {
            entries = [Entry](repeating: Entry(), count: (setMask + 1) * Self.ways)
        }
        let client = Self.network(client)
        if let index = index(of: client) {
            entries[index].left = max(left(entries[index], now: now) - 1, 0)
            entries[index].since = now
        } else {
            entries[victim(for: client, now: now)] = Entry(client: client, isTaken: true, left: burst - 1, since: now)
        }
    }

    private func left(_ entry: Entry, now: Int64) -> Int {
        // If the clock is set back, nothing is refilled, and nothing is delayed by more than the difference.
        let seconds = min(max(now - entry.since, 0), Int64(burst))
        return min(entry.left + Int(seconds) * perSecond, burst)
    }

    private func index(of client: IPAddress) -> Int? {
        set(of: client).first { entries[$0].isTaken && entries[$0].client == client }
    }

    private func victim(for client: IPAddress, now: Int64) -> Int {
        let set = set(of: client)
        if let free = set.first(where: { !entries[$0].isTaken }) { return free }
        return set.max { left(entries[$0], now: now) < left(entries[$1], now: now) } ?? set.lowerBound
    }

    private func set(of client: IPAddress) -> Range<Int> {
        let product = (client.high ^ secret).multipliedFullWidth(by: client.low ^ secret.byteSwapped | 1)
        var mixed = product.high ^ product.low
        mixed = (mixed ^ (mixed >> 31)) &* 0x9E37_79B9_7F4A_7C15
        let start = Int(truncatingIfNeeded: mixed >> 32) & setMask
        return start * Self.ways..<(start + 1) * Self.ways
    }

    private static func network(_ client: IPAddress) -> IPAddress {
        client.isIPv4 ? client : IPAddress(high: client.high, low: 0)
    }
}
