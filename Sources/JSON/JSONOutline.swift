/// The members of one object as places in its text, without a string or a tree: for small objects on a busy path.
/// `JSONReader.outline` makes it.
package struct JSONOutline: Sendable {
    /// A string of the object; the outline has its bytes.
    package struct Text: Sendable {
        fileprivate var place: Range<Int>
    }

    /// An array or object in the object.
    package struct Nested: Sendable {
        fileprivate var index: Int
    }

    /// The value of a member.
    package enum Value: Sendable {
        case null
        case bool(Bool)
        /// A number that is written as an integer; nil where it does not fit 64 bits.
        case number(Int64?)
        /// A number that is written with a fraction or an exponent, as its text.
        case decimal(Text)
        case string(Text)
        case nested(Nested)
    }

    /// One member of the object.
    package struct Member: Sendable {
        /// The name, without escapes.
        package var name: Text
        /// The value.
        package var value: Value
    }

    /// In the order of the text; names are unique.
    package private(set) var members: [Member] = []
    /// The text, followed by its unescaped strings.
    private var bytes: [UInt8]
    private var nodes: [JSONNode] = []

    /// - Parameter parser: at the opening brace.
    init(_ parser: inout JSONParser) throws(JSONSyntaxError) {
        bytes = parser.bytes
        var found = JSONMemberList<Member>(capacity: 16)
        try parser.eachMember { (parser, offset) throws(JSONSyntaxError) in
            let name = try text(&parser)
            try parser.colon()
            let member = Member(name: name, value: try value(&parser))
            let isNew = found.append(member, key: { Array(self[$0.name]) }, isSame: { isSame($0.name, $1.name) })
            try parser.expectNew(isNew, at: offset)
        }
        members = found.members
    }

    /// A string's bytes, its escapes resolved: valid UTF-8.
    package subscript(text: Text) -> ArraySlice<UInt8> { bytes[text.place] }

    /// An array or object, whose offsets count from the beginning of the whole text.
    package subscript(nested: Nested) -> JSONNode { nodes[nested.index] }

    /// The value of the member of that name.
    package subscript(name: String) -> Value? {
        members.first { self[$0.name].elementsEqual(name.utf8) }?.value
    }

    private func isSame(_ first: Text, _ second: Text) -> Bool {
        guard first.place.count == second.place.count else { return false }
        var other = second.place.lowerBound
        for index in first.place {
            guard bytes[index] == bytes[other] else { return false }
            other += 1
        }
        return true
    }

    private mutating func value(_ parser: inout JSONParser) throws(JSONSyntaxError) -> Value {
        guard let byte = parser.current else { throw parser.unexpected("a value") }
        if byte == UInt8(ascii: "\"") { return .string(try text(&parser)) }
        if byte == UInt8(ascii: "-") || byte.isDigit {
            let place = try parser.number()
            if let integer = Self.integer(bytes[place]) { return .number(integer) }
            return Self.isInteger(bytes[place]) ? .number(nil) : .decimal(Text(place: place))
        }
        let node = try parser.value()
        switch node.value {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        default:
            nodes.append(node)
            return .nested(Nested(index: nodes.count - 1))
        }
    }

    private mutating func text(_ parser: inout JSONParser) throws(JSONSyntaxError) -> Text {
        let (inside, resolved) = try parser.text()
        guard let resolved else { return Text(place: inside) }
        let start = bytes.count
        bytes.append(contentsOf: resolved)
        return Text(place: start..<bytes.count)
    }

    /// - Parameter number: as the grammar has it.
    private static func isInteger(_ number: ArraySlice<UInt8>) -> Bool {
        for byte in number where !byte.isDigit && byte != UInt8(ascii: "-") { return false }
        return true
    }

    /// - Parameter number: as the grammar has it.
    private static func integer(_ number: ArraySlice<UInt8>) -> Int64? {
        let isNegative = number.first == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in number.dropFirst(isNegative ? 1 : 0) {
            guard byte.isDigit else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (sum, exceeds) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflows, !exceeds else { return nil }
            value = sum
        }
        return value
    }
}
