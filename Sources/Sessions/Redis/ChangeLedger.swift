/// What this gateway knows of changes, and how it comes to agree with a server that it was away from.
///
/// A server may come back without what it had answered with success: from an older copy, or empty. What is known here and
/// still concerns tokens is given to it again then.
struct ChangeLedger {
    /// What the server says of itself before the stream is read.
    struct Greeting: Equatable {
        /// A random word of these data; another one after they were lost.
        let epoch: [UInt8]
        let last: StreamID?
        let blocked: [ChangeEntry]
    }

    struct Agreement: Equatable {
        /// For the observer.
        var tell: [SessionChange] = []
        /// For the server, in their order.
        var restore: [ChangeEntry] = []
    }

    /// The last entry that was read of the stream.
    private(set) var cursor: StreamID?
    private var epoch: [UInt8]?
    private var known: [ChangeEntry.Subject: ChangeEntry] = [:]

    var count: Int { known.count }

    /// All that holds at that time.
    func changes(at time: Int64) -> [SessionChange] {
        known.values.filter { $0.change.holds(at: time) }.map(\.change)
    }

    /// A change from this gateway's own request, or from the stream.
    ///
    /// - Returns: what is new to the observer; nil where a later one is known.
    mutating func note(_ entry: ChangeEntry) -> SessionChange? {
        let subject = entry.subject
        if let present = known[subject], present.order >= entry.order { return nil }
        known[subject] = entry
        return entry.change
    }

    /// Whether nothing later is known of its subject.
    func isNewest(_ entry: ChangeEntry) -> Bool {
        known[entry.subject].map { $0.order <= entry.order } ?? true
    }

    mutating func advance(to id: StreamID) {
        cursor = max(cursor ?? id, id)
    }

    /// - Parameters:
    ///   - stream: all entries that the server has.
    ///   - end: the id of the last of them.
    mutating func agree(with greeting: Greeting, stream: [ChangeEntry], end: StreamID?, at time: Int64) -> Agreement {
        let isAnother = epoch.map { $0 != greeting.epoch } ?? false
        let isBehind = cursor.map { cursor in greeting.last.map { $0 < cursor } ?? true } ?? false
        let before = known
        var agreement = Agreement()
        var there: [ChangeEntry.Subject: StreamID] = [:]
        for entry in greeting.blocked + stream {
            let subject = entry.subject
            there[subject] = max(there[subject] ?? entry.order, entry.order)
            if let change = note(entry), change.holds(at: time) || change.isUnblocking { agreement.tell.append(change) }
        }
        for (subject, entry) in before where entry.change.holds(at: time) {
            if let order = there[subject], order >= entry.order { continue }
            guard case .userBlocked(let userID) = entry.change.kind, !isAnother, !isBehind,
                let last = greeting.last, entry.order <= last
            else {
                agreement.restore.append(entry)
                continue
            }
            // The server got further than the block and lost nothing, so they were let in again, longer ago than the
            // stream remembers.
            known[subject] = nil
            agreement.tell.append(SessionChange(.userUnblocked(userID: userID), until: nil))
        }
        agreement.restore.sort { $0.order < $1.order }
        epoch = greeting.epoch
        cursor = end ?? greeting.last ?? .zero
        return agreement
    }

    func isOf(epoch: [UInt8]) -> Bool { self.epoch == epoch }

    /// Forgets what concerns no token any more.
    mutating func purge(at time: Int64) {
        known = known.filter { _, entry in
            entry.change.holds(at: time)
                || entry.change.isUnblocking
                    && Int64(clamping: entry.order.milliseconds / 1000) > time - ChangeEntry.blockSeconds
        }
    }
}

extension SessionChange {
    fileprivate var isUnblocking: Bool {
        if case .userUnblocked = kind { true } else { false }
    }

    fileprivate func holds(at time: Int64) -> Bool {
        !isUnblocking && until.map { $0 > time } ?? true
    }
}
