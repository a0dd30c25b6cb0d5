import NIOCore

/// The last known addresses of one name, and the time of the next lookup.
///
/// Addresses stay in use while lookups fail: an unreachable resolver says nothing about the service. Times are
/// nanoseconds of a monotonic clock.
struct AddressBook: Sendable {
    enum LookupResult: Sendable {
        case found([SocketAddress])
        case notFound
    }

    /// The default interval between successful lookups: 30 s.
    static let interval: Int64 = 30_000_000_000
    /// The time after the first question that failed; doubled each time, up to the interval.
    static let firstPause: Int64 = 1_000_000_000

    private let interval: Int64
    private(set) var addresses: [SocketAddress] = []
    private(set) var isKnown = false
    private(set) var nextLookup: Int64 = .min
    private var pause: Int64

    /// - Parameter interval: between successful lookups.
    init(interval: Int64 = AddressBook.interval) {
        self.interval = interval
        pause = min(AddressBook.firstPause, interval)
    }

    /// Records a result; true if the known addresses changed. Their order does not count, since name servers rotate it.
    ///
    /// - Parameter jitter: 0 to 1; moves the next lookup forward by up to a fifth, so that gateways do not query in
    ///   step.
    mutating func take(_ result: LookupResult, now: Int64, jitter: Double) -> Bool {
        let wasKnown = isKnown
        isKnown = true
        switch result {
        case .found(let found) where !found.isEmpty:
            pause = min(AddressBook.firstPause, interval)
            nextLookup = now + AddressBook.shortened(interval, jitter)
            var seen = Set<SocketAddress>()
            let unique = found.filter { seen.insert($0).inserted }
            guard seen != Set(addresses) else { return !wasKnown }
            addresses = unique
            return true
        case .found, .notFound:
            nextLookup = now + AddressBook.shortened(pause, jitter)
            pause = min(pause * 2, interval)
            return !wasKnown
        }
    }

    private static func shortened(_ time: Int64, _ jitter: Double) -> Int64 {
        time - Int64(Double(time) * 0.2 * min(max(jitter, 0), 1))
    }
}
