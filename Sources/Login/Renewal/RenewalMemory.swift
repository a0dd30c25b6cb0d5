import Sessions

/// Successors of tokens by session, so that a thousand requests in one window make one call of the store.
///
/// A value without a clock; times are seconds since 1970. Bounded: the oldest give way.
struct RenewalMemory {
    enum Lookup: Equatable {
        case nothing
        case successor(RenewedToken)
        /// The store had none a moment ago.
        case refused
    }

    /// How long a missing successor is remembered, in seconds; it limits the calls to the store on the data path.
    static let refusal: Int64 = 5

    private enum Entry {
        case successor(RenewedToken)
        case refused(until: Int64)
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    /// The sessions in the order they came, from `oldest` on round.
    private var order: [String] = []
    private var oldest = 0

    init(capacity: Int = 65536) {
        self.capacity = max(1, capacity)
    }

    var count: Int { entries.count }

    /// The successor, where it expires after `mustOutlive`.
    func lookup(_ sessionID: String, now: Int64, mustOutlive: Int64) -> Lookup {
        switch entries[sessionID] {
        case .successor(let token) where token.expiresAt > mustOutlive: .successor(token)
        // A clock that goes back does not make it last.
        case .refused(let until) where now < until && until - now <= Self.refusal: .refused
        default: .nothing
        }
    }

    mutating func remember(_ sessionID: String, _ token: RenewedToken?, now: Int64) {
        let entry = token.map(Entry.successor) ?? .refused(until: now + Self.refusal)
        guard entries.updateValue(entry, forKey: sessionID) == nil else { return }
        guard order.count == capacity else { return order.append(sessionID) }
        entries[order[oldest]] = nil
        order[oldest] = sessionID
        oldest = (oldest + 1) % capacity
    }
}
