/// Lists in field values (RFC 9110 section 5.6.1) whose elements have no quoted strings.
enum FieldList {
    /// Visits the elements, without the white space around them.
    static func forEachElement(of value: Span<UInt8>, _ visit: (Span<UInt8>) -> Void) {
        var start = 0
        while start < value.count {
            var end = start
            while end < value.count, value[end] != UInt8(ascii: ",") { end += 1 }
            var last = end
            while start < last, isSpace(value[start]) { start += 1 }
            while last > start, isSpace(value[last - 1]) { last -= 1 }
            visit(value.extracting(start..<last))
            start = end + 1
        }
    }

    /// Optional white space (RFC 9110 section 5.6.3).
    static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
