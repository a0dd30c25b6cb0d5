/// What this gateway knows of changes, and how it comes to agree with a server that it was away from.
///
/// A server may come back without what it had answered with success: from an older copy, or empty. What is known here and
/// still concerns tokens is given to it again then.
struct ChangeLedger {
    struct Agreement: Equatable {
        /// For the observer.
        var unpublished: [SessionChange] = []
        /// For the server, in their order.
        var restore: [ChangeEntry] = []
    }

    /// A mark is renewed so long before the server forgets it, in seconds.
    static let markSeconds: Int64 = 24 * 3600

    private struct Known {
        let entry: ChangeEntry
        /// Marks that were sent before the change was known: data with a later mark hold the change.
        let marks: UInt64
    }

    /// The last entry that was read of the stream.
    private(set) var cursor: StreamID?
    private var epoch: [UInt8]?
    private var known: [ChangeEntry.Subject: Known] = [:]
    private var marks: UInt64 = 0
    private var marked: StreamID?
    private var nextMark: Int64 = 0

    var count: Int { known.count }

    var entries: [ChangeEntry] { known.values.map(\.entry) }

    /// All that holds at that time.
    func changes(at time: Int64) -> [SessionChange] {
        known.values.compactMap { $0.entry.change.holds(at: time) ? $0.entry.change : nil }
    }

    /// A change from this gateway's own request, or from the stream.
    ///
    /// - Returns: what is new to the observer; nil where a later one is known.
    mutating func note(_ entry: ChangeEntry) -> SessionChange? {
        let subject = entry.subject
        guard let present = known[subject]?.entry else {
            known[subject] = Known(entry: entry, marks: marks)
            return entry.change
        }
        guard present.order < entry.order else { return nil }
        let entry = entry.keepingEnd(of: present)
        known[subject] = Known(entry: entry, marks: marks)
        return entry.change
    }

    /// Whether nothing later is known of its subject.
    func isNewest(_ entry: ChangeEntry) -> Bool {
        known[entry.subject].map { $0.entry.order <= entry.order } ?? true
    }

    mutating func advance(to id: StreamID) {
        cursor = max(cursor ?? id, id)
    }

    /// The mark to set at the server now; nil where the last one still says it all. Data that were marked hold all that
    /// is known here.
    mutating func mark(at time: Int64) -> ReadMark? {
        guard let cursor, cursor != marked || time >= nextMark else { return nil }
        marks += 1
        marked = cursor
        nextMark = time + Self.markSeconds / 2
        return ReadMark(number: marks, cursor: cursor)
    }

    /// What of the stream has to be read: all of it, unless the server still has a mark of this ledger.
    func reading(_ greeting: StreamGreeting) -> StreamReading {
        let isOurs = greeting.mark.map { $0.number <= marks } ?? false
        return StreamReading(greeting, from: isOurs && isOf(epoch: greeting.epoch) ? greeting.mark : nil)
    }

    /// Takes in what was read, and finds out what the server lacks. The first agreement tells nothing: the observer is
    /// given all `changes` then.
    mutating func agree(with reading: StreamReading, at time: Int64) -> Agreement {
        let (greeting, newest) = (reading.greeting, reading.newest())
        let isFirst = epoch == nil
        let isAnother = epoch.map { $0 != greeting.epoch } ?? false
        let isBehind = cursor.map { cursor in greeting.last.map { $0 < cursor } ?? true } ?? false
        let blocked = Set(greeting.blocked.map(\.subject))
        var agreement = Agreement()
        for (subject, present) in known where present.entry.change.holds(at: time) {
            let entry = present.entry
            if let there = newest[subject], there.order >= entry.order { continue }
            let isThere = reading.mark.map { present.marks < $0.number } ?? false
            // The server holds the block no more, and the mark, or that it got further without a loss, says that it did:
            // the user was released, longer ago than the stream remembers.
            let isPassed =
                reading.mark == nil && !isAnother && !isBehind && greeting.last.map { entry.order <= $0 } ?? false
            if case .userBlocked(let userID) = entry.change.kind, isThere || isPassed, !blocked.contains(subject) {
                known[subject] = nil
                agreement.unpublished.append(SessionChange(.userUnblocked(userID: userID), until: nil))
            } else if !isThere {
                agreement.restore.append(entry)
            }
        }
        for entry in newest.values {
            guard let change = note(entry), !isFirst, change.holds(at: time) || change.isUnblocking else { continue }
            agreement.unpublished.append(change)
        }
        agreement.restore.sort { $0.order < $1.order }
        epoch = greeting.epoch
        cursor = reading.end ?? reading.mark?.cursor ?? greeting.last ?? .zero
        return agreement
    }

    func isOf(epoch: [UInt8]) -> Bool { self.epoch == epoch }

    /// Forgets what concerns no token any more.
    mutating func purge(at time: Int64) {
        known = known.filter { _, present in
            let entry = present.entry
            return entry.change.holds(at: time)
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
