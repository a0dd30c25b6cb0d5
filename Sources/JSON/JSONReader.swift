/// Reads a whole text as one JSON value, strictly by RFC 8259: no byte order mark, no comments, no trailing commas,
/// valid UTF-8. The options decide what RFC 8259 leaves open.
package struct JSONReader: Sendable {
    /// The handling of duplicate names in an object, which RFC 8259, section 4, leaves open.
    package enum Duplicates: Sendable {
        case reject
        /// The later value takes the earlier one's place.
        case keepLast
    }

    /// What to do with raw U+0000 to U+001F inside strings, which RFC 8259 forbids and some servers send.
    package enum ControlCharacters: Sendable {
        case reject
        case tolerate
    }

    /// What to do with an escape that is an unpaired surrogate (`\ud83d`), which the grammar allows and no string can hold
    /// (RFC 8259, section 8.2).
    package enum UnpairedSurrogates: Sendable {
        case reject
        /// U+FFFD takes its place.
        case replace
    }

    let duplicates: Duplicates
    let controlCharacters: ControlCharacters
    let unpairedSurrogates: UnpairedSurrogates
    let maximumDepth: Int
    let maximumSize: Int

    /// - Parameters:
    ///   - maximumDepth: arrays and objects inside one another; 256 at most.
    ///   - maximumSize: of the text, in bytes.
    package init(
        duplicates: Duplicates = .reject,
        controlCharacters: ControlCharacters = .reject,
        unpairedSurrogates: UnpairedSurrogates = .reject,
        maximumDepth: Int = 64,
        maximumSize: Int = 1 << 20
    ) {
        self.duplicates = duplicates
        self.controlCharacters = controlCharacters
        self.unpairedSurrogates = unpairedSurrogates
        self.maximumDepth = min(max(maximumDepth, 0), deepestNesting)
        self.maximumSize = maximumSize
    }

    /// The one value that the text is, with white space around it.
    package func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONNode {
        try document(bytes) { (parser) throws(JSONSyntaxError) in try parser.value() }
    }

    /// The object that the text is, as places in it; nil where it is another value. It takes and refuses what `read` does.
    package func outline(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONOutline? {
        try document(bytes) { (parser) throws(JSONSyntaxError) in
            guard parser.current == UInt8(ascii: "{") else {
                _ = try parser.value()
                return nil
            }
            return try JSONOutline(&parser)
        }
    }

    private func document<Value>(
        _ bytes: [UInt8],
        _ read: (inout JSONParser) throws(JSONSyntaxError) -> Value
    ) throws(JSONSyntaxError) -> Value {
        guard bytes.count <= maximumSize else {
            throw JSONSyntaxError(offset: maximumSize, message: "the text is larger than \(maximumSize) bytes")
        }
        var parser = JSONParser(bytes: bytes, rules: self)
        return try parser.document(read)
    }

    /// Line and column of an offset; one past the end is allowed. A line ends with LF.
    package static func location(of offset: Int, in bytes: [UInt8]) -> JSONLocation {
        let end = min(max(offset, 0), bytes.count)
        var line = 1
        var lineStart = 0
        for index in 0..<end where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        return JSONLocation(offset: end, line: line, column: end - lineStart + 1)
    }
}
