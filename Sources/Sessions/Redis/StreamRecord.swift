/// A change as an entry of the stream has it, without its subject: small, and made without a String, since a gateway that
/// starts may have millions of them to read.
struct StreamRecord {
    enum Kind: UInt8 {
        case ended = 0x65  // e
        case blocked = 0x62  // b
        case unblocked = 0x75  // u
        case known = 0x66  // f
    }

    /// The longest subject, in bytes: no id of a session or user is as long.
    private static let largestSubject = 2048

    let kind: Kind
    /// Whether the user ended the session, or the facts that are known of a user.
    let value: UInt8
    /// Seconds since 1970.
    var until: Int64
    /// The change's place among all changes: the entry's own id, unless the change was restored.
    let order: StreamID

    /// Reads an entry's fields.
    ///
    /// - Parameters:
    ///   - id: the entry's id.
    ///   - fields: names and values in turn.
    /// - Returns: the record, its subject and its MAC, empty where there is none; nil where the fields are not those of a
    ///   change, or the change claims to be later than its entry.
    static func read(
        _ id: StreamID,
        _ fields: [RESPValue]
    ) -> (record: StreamRecord, subject: [UInt8], mac: [UInt8])? {
        guard fields.count.isMultiple(of: 2) else { return nil }
        var (kind, subject, value, until, order): (Kind?, [UInt8]?, [UInt8]?, Int64?, StreamID?)
        var mac: [UInt8] = []
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let name = fields[index].bytes, name.count == 1, let bytes = fields[index + 1].bytes else { continue }
            switch name[0] {
            case UInt8(ascii: "k"): kind = bytes.count == 1 ? Kind(rawValue: bytes[0]) : nil
            case UInt8(ascii: "s"): subject = bytes
            case UInt8(ascii: "v"): value = bytes
            case UInt8(ascii: "t"): until = Int64(decimal: bytes)
            case UInt8(ascii: "o"): order = StreamID(bytes)
            case UInt8(ascii: "m"): mac = bytes
            default: break
            }
        }
        guard let kind, let subject, subject.count <= largestSubject, let value, let until else { return nil }
        guard kind != .known || UserKey.isReference(subject) else { return nil }
        guard order.map({ $0 <= id }) ?? true else { return nil }
        let number = UInt8(decimal: value)
        guard number != nil || kind != .known else { return nil }
        return (StreamRecord(kind: kind, value: number ?? 0, until: until, order: order ?? id), subject, mac)
    }

    /// What a later record takes the place of an earlier one for: a block and its release are about one thing.
    func key(_ subject: [UInt8]) -> [UInt8] {
        [(kind == .unblocked ? Kind.blocked : kind).rawValue] + subject
    }
}

extension FixedWidthInteger {
    /// Of decimal digits and nothing else; nil where the number does not fit.
    init?(decimal digits: some Collection<UInt8>) {
        guard !digits.isEmpty else { return nil }
        var value: Self = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isSumTooLarge) = product.addingReportingOverflow(Self(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !isSumTooLarge else { return nil }
            value = sum
        }
        self = value
    }
}
