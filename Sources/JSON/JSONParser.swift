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

    /// The whole text, of which `read` takes the value.
    mutating func document<Value>(
        _ read: (inout JSONParser) throws(JSONSyntaxError) -> Value
    ) throws(JSONSyntaxError) -> Value {
        if current == 0xEF {
            throw JSONSyntaxError(offset: 0, message: "a byte order mark or other text before the value")
        }
        skipWhiteSpace()
        let value = try read(&self)
        skipWhiteSpace()
        guard position == bytes.count else { throw unexpected("the end of the text") }
        return value
    }

    mutating func value() throws(JSONSyntaxError) -> JSONNode {
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
            return JSONNode(value: .number(String(decoding: bytes[try number()], as: UTF8.self)), offset: offset)
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
        var members = JSONMemberList<JSONMember>()
        try eachMember { (parser, offset) throws(JSONSyntaxError) in
            let name = try parser.string()
            try parser.colon()
            let member = JSONMember(name: name, nameOffset: offset, value: try parser.value())
            let isNew = members.append(member, key: { Array($0.name.utf8) }, isSame: { $0.hasName($1.name) })
            try parser.expectNew(isNew, at: offset)
        }
        return members.members
    }

    /// Goes through the object at the position. `read` takes a member each time, from its name's quotation mark, whose
    /// offset it is given, to the end of its value.
    mutating func eachMember(
        _ read: (inout JSONParser, Int) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        try descend()
        skipWhiteSpace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return
        }
        while true {
            skipWhiteSpace()
            guard current == UInt8(ascii: "\"") else { throw unexpected("a member's name in quotation marks") }
            try read(&self, position)
            skipWhiteSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw unexpected("\",\" or \"}\"") }
            depth -= 1
            return
        }
    }

    /// Parses what separates a member's name from its value.
    mutating func colon() throws(JSONSyntaxError) {
        skipWhiteSpace()
        guard take(UInt8(ascii: ":")) else { throw unexpected("\":\"") }
        skipWhiteSpace()
    }

    func expectNew(_ isNew: Bool, at nameOffset: Int) throws(JSONSyntaxError) {
        guard isNew || rules.duplicates == .keepLast else {
            throw JSONSyntaxError(offset: nameOffset, message: "the object has another member of this name")
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            guard current == text.byte(at: index) else { throw unexpected("\"\(text)\"") }
            position += 1
        }
        return value
    }

    /// The range of the number at the position.
    mutating func number() throws(JSONSyntaxError) -> Range<Int> {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return start..<position
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
            return JSONSyntaxError(
                offset: position,
                message: "the text ends where \(expected) was expected",
                expected: expected
            )
        }
        let shown =
            byte > 0x20 && byte < 0x7F
            ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
        return JSONSyntaxError(
            offset: position,
            message: "\(shown) where \(expected) was expected",
            expected: expected
        )
    }
}
