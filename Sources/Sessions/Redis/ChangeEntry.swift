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
        guard let hyphen = bytes.firstIndex(of: UInt8(ascii: "-")), let milliseconds = Self.decimal(bytes[..<hyphen]),
            let number = Self.decimal(bytes[(hyphen + 1)...])
        else { return nil }
        self.init(milliseconds: milliseconds, number: number)
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isSumTooLarge) = product.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !isSumTooLarge else { return nil }
            value = sum
        }
        return value
    }

    var text: String { "\(milliseconds)-\(number)" }

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

    /// An entry of the stream.
    ///
    /// - Parameters:
    ///   - id: the entry's id, which is the change's order where the entry names none.
    ///   - fields: names and values in turn. Nil where they are not those of a change.
    init?(id: StreamID, fields: [RESPValue]) {
        guard fields.count.isMultiple(of: 2) else { return nil }
        var (kind, subject, value, until, order): ([UInt8]?, [UInt8]?, [UInt8]?, [UInt8]?, [UInt8]?)
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let name = fields[index].bytes, name.count == 1 else { continue }
            switch name[0] {
            case UInt8(ascii: "k"): kind = fields[index + 1].bytes
            case UInt8(ascii: "s"): subject = fields[index + 1].bytes
            case UInt8(ascii: "v"): value = fields[index + 1].bytes
            case UInt8(ascii: "t"): until = fields[index + 1].bytes
            case UInt8(ascii: "o"): order = fields[index + 1].bytes
            default: break
            }
        }
        guard let kind, kind.count == 1, let value, let subject = subject.map({ String(decoding: $0, as: UTF8.self) }),
            let until = until.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) })
        else { return nil }
        switch kind[0] {
        case UInt8(ascii: "e"):
            let byUser = value == [UInt8(ascii: "1")]
            change = SessionChange(.sessionEnded(sessionID: subject, byUser: byUser), until: until)
        case UInt8(ascii: "b"): change = SessionChange(.userBlocked(userID: subject), until: nil)
        case UInt8(ascii: "u"): change = SessionChange(.userUnblocked(userID: subject), until: nil)
        case UInt8(ascii: "f"):
            guard let user = UserKey(reference: subject), let facts = UInt8(String(decoding: value, as: UTF8.self))
            else { return nil }
            change = SessionChange(.userKnown(user, UserFacts(rawValue: facts)), until: until)
        default: return nil
        }
        self.order = order.flatMap { StreamID($0) } ?? id
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

    /// What the script that restores takes.
    var words: RedisCommand {
        let till = String(change.until ?? Int64(clamping: order.milliseconds / 1000) + Self.blockSeconds)
        return switch change.kind {
        case .sessionEnded(let sessionID, let byUser):
            RedisCommand(order.text, "e", sessionID, byUser ? "1" : "0", till)
        case .userBlocked(let userID): RedisCommand(order.text, "b", userID, "", till)
        case .userUnblocked(let userID): RedisCommand(order.text, "u", userID, "", till)
        case .userKnown(let user, let facts): RedisCommand(order.text, "f", user.reference, "\(facts.rawValue)", till)
        }
    }
}

extension UserKey {
    /// The length in front keeps ("ab", "c") and ("a", "bc") apart.
    var reference: String { "\(appID.utf8.count):\(appID)\(openid)" }

    init?(reference: String) {
        let bytes = Array(reference.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let count = Int(String(decoding: bytes[..<colon], as: UTF8.self)), count >= 0
        else { return nil }
        let rest = bytes[(colon + 1)...]
        guard count <= rest.count else { return nil }
        self.init(
            appID: String(decoding: rest.prefix(count), as: UTF8.self),
            openid: String(decoding: rest.dropFirst(count), as: UTF8.self)
        )
    }
}
