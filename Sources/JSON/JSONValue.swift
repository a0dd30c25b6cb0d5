/// A JSON value as it stood in the text (RFC 8259, section 3).
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// The number's own text, which the grammar of section 6 was checked on. Nothing is rounded.
    case number(String)
    /// The string with its escapes resolved.
    case string(String)
    case array([JSONNode])
    /// The members in the order of the text; names are unique.
    case object([JSONMember])
}

/// A value and where it begins.
package struct JSONNode: Sendable {
    /// The value itself.
    package var value: JSONValue
    /// The offset of the value's first byte.
    package var offset: Int

    /// - Parameter offset: of the first byte of the value in the text.
    package init(value: JSONValue, offset: Int) {
        self.value = value
        self.offset = offset
    }
}

/// A member of an object.
package struct JSONMember: Sendable {
    /// The name, without escapes.
    package var name: String
    /// The offset of the name's opening quotation mark.
    package var nameOffset: Int
    /// The value, with its position.
    package var value: JSONNode

    /// - Parameter nameOffset: of the opening quotation mark of the name in the text.
    package init(name: String, nameOffset: Int, value: JSONNode) {
        self.name = name
        self.nameOffset = nameOffset
        self.value = value
    }

    /// Compares byte by byte: `String`'s own equality takes U+212A (the Kelvin sign) for a `K`. The lengths are compared
    /// first, since they are at hand.
    package func hasName(_ other: String) -> Bool {
        name.utf8.count == other.utf8.count && name.utf8.elementsEqual(other.utf8)
    }
}

extension JSONNode {
    /// The member with this name; nil if there is none, or this is not an object.
    package subscript(name: String) -> JSONNode? {
        members?.first { $0.hasName(name) }?.value
    }

    /// The string, or nil where this is none.
    package var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    /// The number, where it is written as an integer (no fraction, no exponent) and fits 64 bits.
    package var integer: Int64? {
        if case .number(let text) = value { Int64(text) } else { nil }
    }

    /// The boolean, or nil where this is none.
    package var bool: Bool? {
        if case .bool(let flag) = value { flag } else { nil }
    }

    /// Whether this is the literal `null`.
    package var isNull: Bool {
        if case .null = value { true } else { false }
    }

    /// The members; nil if this is not an object.
    package var members: [JSONMember]? {
        if case .object(let members) = value { members } else { nil }
    }

    /// The elements; nil if this is not an array.
    package var elements: [JSONNode]? {
        if case .array(let elements) = value { elements } else { nil }
    }
}

/// A place in a text, as people count.
package struct JSONLocation: Sendable, Equatable {
    /// In bytes, from 0.
    package var offset: Int
    /// From 1.
    package var line: Int
    /// From 1, in bytes.
    package var column: Int

    /// Creates a position; line and column count from 1.
    package init(offset: Int, line: Int, column: Int) {
        self.offset = offset
        self.line = line
        self.column = column
    }
}

/// Why a text is not JSON. The message quotes one byte of the input at most, so that no secret gets into a log.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// Of the offending byte; the text's size where the text ends too early.
    package var offset: Int
    /// The fault, for a person.
    package var message: String
    /// What would have been right there, where the message says it; such as `a value`.
    package var expected: String?

    /// - Parameter offset: of the byte at which the text stops being valid.
    package init(offset: Int, message: String, expected: String? = nil) {
        self.offset = offset
        self.message = message
        self.expected = expected
    }

    /// Compares place and message, of which `expected` is a part.
    package static func == (one: JSONSyntaxError, other: JSONSyntaxError) -> Bool {
        one.offset == other.offset && one.message == other.message
    }

    /// The message and the offset of the byte.
    package var description: String { "\(message) at byte \(offset)" }
}

/// The maximum depth of reader and validator, whatever the configured limit. The reader recurses once per level, and
/// the validator keeps one bit per level.
let deepestNesting = 256
