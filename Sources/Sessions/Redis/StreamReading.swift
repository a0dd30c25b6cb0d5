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
    /// Read in pages of their own, before the stream: what changes meanwhile is in the stream.
    fileprivate(set) var blocked: [ChangeEntry]
    /// The follower's own mark, if these data hold one.
    let mark: ReadMark?

    init(epoch: [UInt8], last: StreamID?, blocked: [ChangeEntry], mark: ReadMark? = nil) {
        self.epoch = epoch
        self.last = last
        self.blocked = blocked
        self.mark = mark
    }

    init?(_ reply: RESPValue) {
        guard let parts = reply.array, parts.count == 3, let epoch = parts[0].bytes, let last = parts[1].text,
            let mark = parts[2].text
        else { return nil }
        self.init(epoch: epoch, last: StreamID(last), blocked: [], mark: ReadMark(mark))
    }
}

/// Entries of the stream as they are read, page by page: the newest of each subject.
struct StreamReading {
    private(set) var greeting: StreamGreeting
    /// The mark that reading goes on from; nil where it begins at the first entry.
    let mark: ReadMark?
    private var records: [[UInt8]: StreamRecord] = [:]
    /// The id of the last entry that was read.
    private(set) var end: StreamID?
    /// Rows and entries that no gateway wrote.
    private(set) var ignored = 0
    /// Blocks whose MAC is a former key's: they are kept for good, and the key is not.
    private(set) var outdated: [ChangeEntry] = []
    private let verdict: Verdict

    /// What a MAC is worth: the keyring's.
    typealias Verdict = @Sendable (_ mac: [UInt8], _ statement: StoredStatement) -> MACVerdict

    init(_ greeting: StreamGreeting, from mark: ReadMark?, _ verdict: @escaping Verdict) {
        self.greeting = greeting
        self.mark = mark
        self.verdict = verdict
    }

    /// The next page's first id, as XRANGE takes it.
    var start: String { (end ?? mark?.cursor).map { "(" + $0.text } ?? "-" }

    /// The last id that the stream had given out when it was read; nil where there was no stream.
    var last: StreamID? { [greeting.last, end].compactMap(\.self).max() }

    /// Takes a page of who is blocked. Rows that name no change are passed over.
    ///
    /// - Returns: the cursor of the next page, "0" after the last one; nil where the reply is not of a page's shape.
    mutating func takeBlocked(_ reply: RESPValue) -> String? {
        guard let parts = reply.array, parts.count == 3, let next = parts[0].text, let omitted = parts[1].integer,
            let rows = parts[2].array, rows.count.isMultiple(of: 3)
        else { return nil }
        ignored += Int(omitted)
        for index in stride(from: 0, to: rows.count, by: 3) {
            guard let userID = rows[index].text, let order = rows[index + 1].bytes.flatMap({ StreamID($0) }),
                let mac = rows[index + 2].bytes
            else {
                ignored += 1
                continue
            }
            let entry = ChangeEntry(SessionChange(.userBlocked(userID: userID), until: nil), order)
            switch verdict(mac, entry.statement) {
            case .invalid: ignored += 1
            case .former:
                outdated.append(entry)
                greeting.blocked.append(entry)
            case .current: greeting.blocked.append(entry)
            }
        }
        return next
    }

    /// Takes an entry of the stream. Entries that are no changes are passed over.
    ///
    /// - Returns: false where the reply is not of an entry's shape.
    mutating func take(_ reply: RESPValue) -> Bool {
        guard let (id, fields) = reply.streamEntry else { return false }
        end = id
        guard let (read, subject, mac) = StreamRecord.read(id, fields),
            verdict(mac, .change(read, subject: subject)) != .invalid
        else {
            ignored += 1
            return true
        }
        var record = read
        let key = record.key(subject)
        if let present = records[key] {
            let end = max(record.until, present.until)
            if present.order >= record.order { record = present }
            record.until = end
        }
        records[key] = record
        return true
    }

    /// The newest change of each subject, by the stream and by the list of who is blocked.
    func newest() -> [ChangeEntry.Subject: ChangeEntry] {
        var newest: [ChangeEntry.Subject: ChangeEntry] = [:]
        newest.reserveCapacity(records.count)
        for entry in greeting.blocked { newest[entry.subject] = entry }
        for (key, record) in records {
            guard let entry = ChangeEntry(record, subject: key.dropFirst()) else { continue }
            let subject = entry.subject
            if let present = newest[subject], present.order >= entry.order { continue }
            newest[subject] = entry
        }
        return newest
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
