/// Writes a JSON text into an array, with commas and escapes. The caller is responsible for the structure: objects
/// alternate names and values, and every container is ended.
package struct JSONWriter: Sendable {
    /// The text so far.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// - Parameter capacity: bytes to reserve.
    package init(reserving capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    /// Writes `{`.
    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    /// Writes `}`.
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    /// Writes `[`.
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    /// Writes `]`.
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// A member's name; its value comes next.
    package mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        separate()
        quote(text.utf8.span)
    }

    /// A string of bytes that need not be valid UTF-8.
    package mutating func string(_ text: Span<UInt8>) {
        separate()
        quote(text)
    }

    /// Writes an integer.
    package mutating func int(_ value: some BinaryInteger) { raw(String(value).utf8.span) }
    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) { raw((value ? "true" : "false").utf8.span) }
    /// Writes `null`.
    package mutating func null() { raw("null".utf8.span) }

    /// A value that is JSON already.
    package mutating func raw(_ json: Span<UInt8>) {
        separate()
        append(json, 0, json.count)
    }

    /// A value that is JSON already.
    package mutating func raw(_ json: [UInt8]) { raw(json.span) }

    /// Writes a member whose value is a string.
    package mutating func member(_ name: String, _ value: String) {
        self.name(name)
        string(value)
    }

    /// Writes a member whose value is an integer.
    package mutating func member(_ name: String, _ value: some BinaryInteger) {
        self.name(name)
        int(value)
    }

    /// Writes a member whose value is a boolean.
    package mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// A member whose value is JSON already.
    package mutating func member(_ name: String, raw json: [UInt8]) {
        self.name(name)
        raw(json)
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ text: Span<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        while start < text.count {
            let piece = JSONEscape.piece(of: text, from: start)
            append(text, start, piece.plainEnd)
            for index in 0..<piece.escapeCount { bytes.append(piece.escape[index]) }
            start = piece.next
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ source: Span<UInt8>, _ start: Int, _ end: Int) {
        source.extracting(start..<end).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
}
