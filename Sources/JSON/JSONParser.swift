/// The reader's recursive descent. Recursion ends at `rules.maximumDepth`.
struct JSONParser {
    let bytes: [UInt8]
    let rules: JSONReader
    var position = 0
    private var depth = 0

    init(bytes: [UInt8], rules: JSONReader) {
        self.bytes = bytes
        self.rules = rules
    }

    /// The byte at the position, or nil at the end.
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() throws(JSONSyntaxError) -> JSONNode {
        if current == 0xEF {
            throw JSONSyntaxError(offset: 0, message: "a byte order mark or other text before the value")
        }
        skipWhiteSpace()
        let node = try value()
        skipWhiteSpace()
        guard position == bytes.count else { throw unexpected("the end of the text") }
        return node
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONNode {
        let offset = position
        guard let byte = current else { throw unexpected("a value") }
        switch byte {
        case UInt8(ascii: "{"): return JSONNode(value: .object(try object()), offset: offset)
        case UInt8(ascii: "["): return JSONNode(value: .array(try array()), offset: offset)
        case UInt8(ascii: "\""): return JSONNode(value: .string(try string()), offset: offset)
        case UInt8(ascii: "t"): return JSONNode(value: try literal("true", .bool(true)), offset: offset)
        case UInt8(ascii: "f"): return JSONNode(value: try literal("false", .bool(false)), offset: offset)
        case UInt8(ascii: "n"): return JSONNode(value: try literal("null", .null), offset: offset)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return JSONNode(value: .number(try number()), offset: offset)
        default: throw unexpected("a value")
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> [JSONNode] {
        try descend()
        var elements: [JSONNode] = []
        skipWhiteSpace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return elements
        }
        while true {
            skipWhiteSpace()
            elements.append(try value())
            skipWhiteSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw unexpected("\",\" or \"]\"") }
            depth -= 1
            return elements
        }
    }

    private mutating func object() throws(JSONSyntaxError) -> [JSONMember] {
        try descend()
        var members = JSONMemberList()
        skipWhiteSpace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return []
        }
        while true {
            skipWhiteSpace()
            let nameOffset = position
            guard current == UInt8(ascii: "\"") else { throw unexpected("a member's name in quotation marks") }
            let name = try string()
            skipWhiteSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("\":\"") }
            skipWhiteSpace()
            let member = JSONMember(name: name, nameOffset: nameOffset, value: try value())
            if !members.append(member), rules.duplicates == .reject {
                throw JSONSyntaxError(offset: nameOffset, message: "a member of this name stands in the object already")
            }
            skipWhiteSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw unexpected("\",\" or \"}\"") }
            depth -= 1
            return members.members
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            guard current == text.byte(at: index) else { throw unexpected("\"\(text)\"") }
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = current, byte.isDigit { position += 1 }
        guard position > start else { throw unexpected("a digit") }
    }

    private mutating func descend() throws(JSONSyntaxError) {
        guard depth < rules.maximumDepth else {
            throw JSONSyntaxError(offset: position, message: "nested deeper than \(rules.maximumDepth)")
        }
        depth += 1
        position += 1
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = current, byte.isJSONWhiteSpace { position += 1 }
    }

    func unexpected(_ expected: String) -> JSONSyntaxError {
        guard let byte = current else {
            return JSONSyntaxError(offset: position, message: "the text ends where \(expected) was expected")
        }
        let shown =
            byte > 0x20 && byte < 0x7F
            ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
        return JSONSyntaxError(offset: position, message: "\(shown) where \(expected) was expected")
    }
}

/// The members of one object, unique by the bytes of their names.
private struct JSONMemberList {
    private(set) var members: [JSONMember] = []
    /// Kept once a linear search would be slow. The hash is keyed per process, so names can't be chosen to collide.
    private var positions: [[UInt8]: Int] = [:]
    private static let linearLimit = 16

    /// False where the name was there; the new value has then replaced the old one.
    mutating func append(_ member: JSONMember) -> Bool {
        if let position = position(of: member.name) {
            members[position] = member
            return false
        }
        members.append(member)
        if members.count == Self.linearLimit {
            for (position, member) in members.enumerated() { positions[Array(member.name.utf8)] = position }
        } else if members.count > Self.linearLimit {
            positions[Array(member.name.utf8)] = members.count - 1
        }
        return true
    }

    private func position(of name: String) -> Int? {
        if members.count < Self.linearLimit {
            return members.firstIndex { $0.hasName(name) }
        }
        return positions[Array(name.utf8)]
    }
}
