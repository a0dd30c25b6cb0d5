/// A reply of Redis (RESP2).
enum RESPValue: Sendable, Equatable {
    case string([UInt8])
    case status([UInt8])
    /// Its first word tells the kind; the rest is for people, and may repeat what was sent.
    case error([UInt8])
    case integer(Int64)
    case null
    case array([RESPValue])

    var bytes: [UInt8]? {
        switch self {
        case .string(let bytes), .status(let bytes): bytes
        default: nil
        }
    }

    /// The text; numbers too, which scripts and stored fields use alike.
    var text: String? {
        if case .integer(let number) = self { return String(number) }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    var integer: Int64? {
        if case .integer(let number) = self { return number }
        return text.flatMap { Int64($0) }
    }

    var array: [RESPValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The kind of an error, such as "NOSCRIPT"; nil where this is none.
    var errorKind: String? {
        guard case .error(let bytes) = self else { return nil }
        let word = bytes.prefix { $0 != UInt8(ascii: " ") }.prefix(24)
        let isKind = word.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return isKind && !word.isEmpty ? String(decoding: word, as: UTF8.self) : "ERR"
    }

    /// Kinds of errors that are about the server's state, and whose words are the server's own: nothing that was sent is
    /// repeated in them, but for the name of a command.
    private static let stateKinds: Set<String> = [
        "OOM", "MISCONF", "NOREPLICAS", "READONLY", "NOPERM", "NOAUTH", "LOADING", "MASTERDOWN", "BUSY",
    ]
    private static let longestWords = 160

    /// Why the server refuses more than this request; nil where it does not.
    var refusal: (kind: String, words: String)? {
        guard case .error(let bytes) = self, let kind = errorKind, Self.stateKinds.contains(kind) else { return nil }
        let text = String(decoding: bytes.dropFirst(kind.utf8.count + 1).prefix(Self.longestWords), as: UTF8.self)
        // Redis adds the script's digest and line.
        let end = text.firstRange(of: " script: ")?.lowerBound ?? text.endIndex
        return (kind, String(text[..<end]))
    }

    /// Names and values of a hash.
    var fields: [String: [UInt8]] {
        guard let array, array.count.isMultiple(of: 2) else { return [:] }
        var fields: [String: [UInt8]] = [:]
        for index in stride(from: 0, to: array.count, by: 2) {
            if let name = array[index].text { fields[name] = array[index + 1].bytes }
        }
        return fields
    }
}
