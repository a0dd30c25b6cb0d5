/// The id of a stream's entry: milliseconds and a number within one.
struct StreamID: Sendable, Hashable, Comparable {
    let milliseconds: UInt64
    let number: UInt64

    static let zero = StreamID(milliseconds: 0, number: 0)

    init(milliseconds: UInt64, number: UInt64) {
        self.milliseconds = milliseconds
        self.number = number
    }

    init?(_ text: some StringProtocol) {
        self.init(Array(text.utf8))
    }

    /// - Parameter bytes: two decimal numbers with "-" between them.
    init?(_ bytes: [UInt8]) {
        guard let hyphen = bytes.firstIndex(of: UInt8(ascii: "-")),
            let milliseconds = UInt64(decimal: bytes[..<hyphen]),
            let number = UInt64(decimal: bytes[(hyphen + 1)...])
        else { return nil }
        self.init(milliseconds: milliseconds, number: number)
    }

    var text: String { "\(milliseconds)-\(number)" }

    /// The next one within the same millisecond.
    var next: StreamID { StreamID(milliseconds: milliseconds, number: number &+ 1) }

    static func < (first: StreamID, second: StreamID) -> Bool {
        (first.milliseconds, first.number) < (second.milliseconds, second.number)
    }
}

/// A change with its place among all changes, as the stream holds it.
struct ChangeEntry: Sendable, Equatable {
    /// What a later change takes the place of an earlier one for.
    enum Subject: Sendable, Hashable {
        /// By its id's bytes: texts that look alike are not the same.
        case session([UInt8])
        case user([UInt8])
        case block([UInt8])
    }

    /// A block and its end are kept for those who follow for this long; who is blocked is kept for good elsewhere.
    static let blockSeconds: Int64 = 24 * 3600

    let change: SessionChange
    let order: StreamID

    init(_ change: SessionChange, _ order: StreamID) {
        self.change = change
        self.order = order
    }

    /// Nil where the subject is no reference to a user and ought to be one.
    init?(_ record: StreamRecord, subject: some Collection<UInt8>) {
        let text = String(decoding: subject, as: UTF8.self)
        switch record.kind {
        case .ended:
            let kind = SessionChange.Kind.sessionEnded(sessionID: text, byUser: record.value == 1)
            change = SessionChange(kind, until: record.until)
        case .blocked: change = SessionChange(.userBlocked(userID: text), until: nil)
        case .unblocked: change = SessionChange(.userUnblocked(userID: text), until: nil)
        case .known:
            guard let user = UserKey(reference: text) else { return nil }
            change = SessionChange(.userKnown(user, UserFacts(rawValue: record.value)), until: record.until)
        }
        order = record.order
    }

    /// This change with the later of the two ends: tokens issued under a longer lifetime may outlive its own.
    func keepingEnd(of former: ChangeEntry) -> ChangeEntry {
        guard let until = change.until, let formerEnd = former.change.until, formerEnd > until else { return self }
        return ChangeEntry(SessionChange(change.kind, until: formerEnd), order)
    }

    var subject: Subject {
        switch change.kind {
        case .sessionEnded(let sessionID, _): .session(Array(sessionID.utf8))
        case .userBlocked(let userID), .userUnblocked(let userID): .block(Array(userID.utf8))
        case .userKnown(let user, _): .user(Array(user.reference.utf8))
        }
    }

    /// What its MAC vouches for.
    var statement: StoredStatement {
        let (kind, subject, value): (StreamRecord.Kind, String, UInt8) =
            switch change.kind {
            case .sessionEnded(let sessionID, let byUser): (.ended, sessionID, byUser ? 1 : 0)
            case .userBlocked(let userID): (.blocked, userID, 0)
            case .userUnblocked(let userID): (.unblocked, userID, 0)
            case .userKnown(let user, let facts): (.known, user.reference, facts.rawValue)
            }
        let record = StreamRecord(kind: kind, value: value, until: change.until ?? 0, order: order)
        return .change(record, subject: Array(subject.utf8))
    }

    /// What the script that restores takes, but the MAC. A block or a release is kept for as long as a new one, so that every gateway
    /// reads it.
    func arguments(at time: Int64) -> RedisCommand {
        let expiry = String(change.until ?? time + Self.blockSeconds)
        return switch change.kind {
        case .sessionEnded(let sessionID, let byUser):
            RedisCommand(order.text, "e", sessionID, byUser ? "1" : "0", expiry)
        case .userBlocked(let userID): RedisCommand(order.text, "b", userID, "", expiry)
        case .userUnblocked(let userID): RedisCommand(order.text, "u", userID, "", expiry)
        case .userKnown(let user, let facts): RedisCommand(order.text, "f", user.reference, "\(facts.rawValue)", expiry)
        }
    }
}

extension UserKey {
    /// The length in front keeps ("ab", "c") and ("a", "bc") apart.
    var reference: String { "\(appID.utf8.count):\(appID)\(openid)" }

    init?(reference: String) {
        let bytes = Array(reference.utf8)
        guard let (appID, openid) = Self.parts(bytes) else { return nil }
        self.init(appID: String(decoding: appID, as: UTF8.self), openid: String(decoding: openid, as: UTF8.self))
    }

    /// Whether these bytes are a reference; makes no String.
    static func isReference(_ bytes: [UInt8]) -> Bool { parts(bytes) != nil }

    private static func parts(_ bytes: [UInt8]) -> (appID: ArraySlice<UInt8>, openid: ArraySlice<UInt8>)? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let count = Int(decimal: bytes[..<colon]) else {
            return nil
        }
        let rest = bytes[(colon + 1)...]
        guard count <= rest.count else { return nil }
        return (rest.prefix(count), rest.dropFirst(count))
    }
}
