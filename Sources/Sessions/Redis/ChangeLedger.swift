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

    /// A gateway that did not follow for longer than this may have missed a release: the stream keeps releases for
    /// `ChangeEntry.blockSeconds`, and clocks differ.
    private static let releaseSeconds = ChangeEntry.blockSeconds - 3600

    /// Where a change is known from.
    enum Source {
        /// An answer to this gateway's own request. It came over another connection, perhaps from another server.
        case request
        case stream
    }

    private struct Known {
        var entry: ChangeEntry
        /// Marks that were sent before the change was read from the stream: data with a later mark hold the change. Nil
        /// until it is read.
        var marks: UInt64?
    }

    /// The last entry that was read of the stream.
    private(set) var cursor: StreamID?
    private(set) var epoch: [UInt8]?
    /// What `cursor` and `epoch` become when the server has been given what it lacked.
    private var unsettled: (cursor: StreamID, epoch: [UInt8])?
    private var known: [ChangeEntry.Subject: Known] = [:]
    private var marks: UInt64 = 0
    private var marked: StreamID?
    private var nextMark: Int64 = 0
    /// When the stream was followed last.
    private var followedAt: Int64?

    var count: Int { known.count }

    var entries: [ChangeEntry] { known.values.map(\.entry) }

    /// All that holds at that time.
    func changes(at time: Int64) -> [SessionChange] {
        known.values.compactMap { $0.entry.change.holds(at: time) ? $0.entry.change : nil }
    }

    /// Takes a change in.
    ///
    /// - Returns: what is new to the observer; nil where a later change is known, and no later end comes with this one.
    mutating func note(_ entry: ChangeEntry, from source: Source) -> SessionChange? {
        let subject = entry.subject
        let confirmed = source == .stream ? marks : nil
        guard let present = known[subject] else {
            known[subject] = Known(entry: entry, marks: confirmed)
            return entry.change
        }
        if present.entry.order < entry.order {
            let entry = entry.keepingEnd(of: present.entry)
            known[subject] = Known(entry: entry, marks: confirmed)
            return entry.change
        }
        let merged = present.entry.keepingEnd(of: entry)
        // What the server has of the subject is this change only where the order is the same.
        let isRead = present.entry.order == entry.order && present.marks == nil
        if isRead || merged != present.entry {
            known[subject] = Known(entry: merged, marks: isRead ? confirmed : present.marks)
        }
        return merged == present.entry ? nil : merged.change
    }

    /// Whether nothing later is known of its subject.
    func isNewest(_ entry: ChangeEntry) -> Bool {
        known[entry.subject].map { $0.entry.order <= entry.order } ?? true
    }

    mutating func advance(to id: StreamID) {
        cursor = max(cursor ?? id, id)
    }

    /// The stream is being followed at that time.
    mutating func follow(at time: Int64) { followedAt = time }

    /// The mark to set at the server now, if its data are still those that the ledger agreed with. Data that were marked
    /// hold all that was read. Nil where the last mark still says it all.
    mutating func mark(at time: Int64) -> ReadMark? {
        guard unsettled == nil, let cursor, cursor != marked || time >= nextMark else { return nil }
        marks += 1
        marked = cursor
        nextMark = time + Self.markSeconds / 2
        return ReadMark(number: marks, cursor: cursor)
    }

    /// What of the stream has to be read: all of it, unless the server still has a mark of this ledger.
    func reading(_ greeting: StreamGreeting, _ verdict: @escaping StreamReading.Verdict) -> StreamReading {
        guard let mark = greeting.mark, mark.number <= marks, greeting.epoch == epoch, let last = greeting.last,
            last >= mark.cursor
        else { return StreamReading(greeting, from: nil, verdict) }
        return StreamReading(greeting, from: mark, verdict)
    }

    /// Takes in what was read, and finds out what the server lacks. `settle` has to follow when the server has been given
    /// it; until then the ledger compares with what it agreed on before. The first agreement tells nothing: the observer
    /// is given all `changes` then.
    mutating func agree(with reading: StreamReading, at time: Int64) -> Agreement {
        let (greeting, newest) = (reading.greeting, reading.newest())
        let isFirst = epoch == nil
        let blocked = Set(greeting.blocked.map(\.subject))
        let mayHaveMissedReleases = mayHaveMissedReleases(greeting, at: time)
        var agreement = Agreement()
        for (subject, present) in known {
            let entry = present.entry
            if let there = newest[subject], there.order >= entry.order { continue }
            let isVouched = reading.mark.map { mark in present.marks.map { $0 < mark.number } ?? false } ?? false
            switch entry.change.kind {
            case .userBlocked(let userID) where !blocked.contains(subject) && mayHaveMissedReleases(entry.order):
                known[subject] = nil
                agreement.unpublished.append(SessionChange(.userUnblocked(userID: userID), until: nil))
            case .userBlocked: agreement.restore.append(entry)
            case .userUnblocked: if blocked.contains(subject) { agreement.restore.append(entry) }
            case .sessionEnded, .userKnown:
                if !isVouched, entry.change.holds(at: time) { agreement.restore.append(entry) }
            }
        }
        for entry in reading.outdated where newest[entry.subject] == entry && isNewest(entry) {
            agreement.restore.append(entry)
        }
        for entry in newest.values {
            guard let change = note(entry, from: .stream), !isFirst, change.holds(at: time) || change.isUnblocking
            else { continue }
            agreement.unpublished.append(change)
        }
        agreement.restore.sort { $0.order < $1.order }
        unsettled = (reading.end ?? reading.mark?.cursor ?? greeting.last ?? .zero, greeting.epoch)
        return agreement
    }

    /// The server has been given what it lacked.
    mutating func settle(at time: Int64) {
        guard let unsettled else { return }
        (cursor, epoch) = unsettled
        self.unsettled = nil
        followedAt = time
    }

    /// Whether a block of that order which the server does not have may have been lifted longer ago than the stream
    /// remembers: the gateway was away for so long, and the server got further than the block and lost nothing.
    private func mayHaveMissedReleases(_ greeting: StreamGreeting, at time: Int64) -> (StreamID) -> Bool {
        guard let followedAt, time - followedAt >= Self.releaseSeconds, let epoch, epoch == greeting.epoch,
            let last = greeting.last, cursor.map({ $0 <= last }) ?? true
        else { return { _ in false } }
        return { $0 <= last }
    }

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
