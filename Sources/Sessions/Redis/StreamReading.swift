/// How far a follower had read when it set a mark at the server.
///
/// The server keeps its writes in their order. So data that hold a mark also hold, or have replaced, every change that
/// the follower knew when it sent the mark: only later entries have to be read.
struct ReadMark: Equatable {
    /// Counts the follower's marks, from 1.
    let number: UInt64
    /// The last entry that was read of the stream.
    let cursor: StreamID

    init(number: UInt64, cursor: StreamID) {
        self.number = number
        self.cursor = cursor
    }

    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let number = UInt64(parts[0]), let cursor = StreamID(parts[1]) else { return nil }
        self.init(number: number, cursor: cursor)
    }

    var text: String { "\(number) \(cursor.text)" }
}

/// What the server says of itself before the stream is read.
struct StreamGreeting: Equatable {
    /// A random word of these data; another one after they were lost.
    let epoch: [UInt8]
    let last: StreamID?
    let blocked: [ChangeEntry]
    /// The follower's own mark, if these data hold one.
    let mark: ReadMark?

    init(epoch: [UInt8], last: StreamID?, blocked: [ChangeEntry], mark: ReadMark? = nil) {
        self.epoch = epoch
        self.last = last
        self.blocked = blocked
        self.mark = mark
    }

    init?(_ reply: RESPValue) {
        guard let parts = reply.array, parts.count == 4, let epoch = parts[0].bytes, let last = parts[1].text,
            let blocked = parts[2].array, let mark = parts[3].text
        else { return nil }
        var entries: [ChangeEntry] = []
        for index in stride(from: 0, to: blocked.count - 1, by: 2) {
            guard let userID = blocked[index].text, let order = blocked[index + 1].text.flatMap({ StreamID($0) })
            else { return nil }
            entries.append(ChangeEntry(SessionChange(.userBlocked(userID: userID), until: nil), order))
        }
        self.init(epoch: epoch, last: StreamID(last), blocked: entries, mark: ReadMark(mark))
    }
}

/// Entries of the stream as they are read, page by page: the newest of each subject.
struct StreamReading {
    let greeting: StreamGreeting
    /// The mark that reading goes on from; nil where it begins at the first entry.
    let mark: ReadMark?
    private(set) var newest: [ChangeEntry.Subject: ChangeEntry] = [:]
    /// The id of the last entry that was read.
    private(set) var end: StreamID?

    init(_ greeting: StreamGreeting, from mark: ReadMark?) {
        self.greeting = greeting
        self.mark = mark
        for entry in greeting.blocked { fold(entry) }
    }

    /// The next page's first id, as XRANGE takes it.
    var start: String { (end ?? mark?.cursor).map { "(" + $0.text } ?? "-" }

    /// The last id that the stream had given out when it was read; nil where there was no stream.
    var last: StreamID? { [greeting.last, end].compactMap(\.self).max() }

    /// Takes an entry of the stream. Entries that are no changes are passed over.
    ///
    /// - Returns: false where the reply is not of an entry's shape.
    mutating func take(_ reply: RESPValue) -> Bool {
        guard let (id, fields) = reply.streamEntry else { return false }
        end = id
        if let entry = ChangeEntry(id: id, fields: fields) { fold(entry) }
        return true
    }

    private mutating func fold(_ entry: ChangeEntry) {
        let subject = entry.subject
        guard let present = newest[subject] else {
            newest[subject] = entry
            return
        }
        newest[subject] =
            present.order >= entry.order ? present.keepingEnd(of: entry) : entry.keepingEnd(of: present)
    }
}

extension RESPValue {
    /// The id and the fields of a stream's entry.
    var streamEntry: (id: StreamID, fields: [RESPValue])? {
        guard let parts = array, parts.count == 2, let id = parts[0].bytes.flatMap({ StreamID($0) }),
            let fields = parts[1].array
        else { return nil }
        return (id, fields)
    }
}
