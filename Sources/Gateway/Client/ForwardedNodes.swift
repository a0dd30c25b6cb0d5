/// The nodes that `forwarded` names (RFC 7239).
enum ForwardedNodes {
    private static let unknown = Array("unknown".utf8)

    /// The `for` of each element, as a list like that of `x-forwarded-for`; nil where the field is malformed. What cannot be
    /// an address is `unknown`.
    static func list(of field: Span<UInt8>) -> [UInt8]? {
        var list: [UInt8] = []
        var index = 0
        while true {
            guard let element = Element(field, &index) else { return nil }
            if !element.isEmpty {
                if !list.isEmpty { list.append(UInt8(ascii: ",")) }
                let node = element.node ?? []
                // A quoted string can hold a comma, and pass for two entries.
                list += !node.isEmpty && node.allSatisfy(isOfAddress) ? node : unknown
            }
            guard index < field.count else { return list }
            index += 1
        }
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["),
            UInt8(ascii: "]"):
            true
        default: false
        }
    }
}

/// One element of the list (RFC 7239, section 4): pairs with semicolons between them.
private struct Element {
    private static let forName = Array("for".utf8)

    var isEmpty = true
    /// Of `for`.
    var node: [UInt8]?

    /// Reads to the comma behind the element, or to the end. Nil where that is no element.
    init?(_ field: Span<UInt8>, _ index: inout Int) {
        while true {
            Self.skipSpace(field, &index)
            if index == field.count || field[index] == UInt8(ascii: ",") { return }
            if field[index] == UInt8(ascii: ";") {
                index += 1
                continue
            }
            isEmpty = false
            let start = index
            while index < field.count, !Self.isDelimiter(field[index]) { index += 1 }
            let name = field.extracting(start..<index)
            guard !name.isEmpty, index < field.count, field[index] == UInt8(ascii: "=") else { return nil }
            index += 1
            guard let value = Self.value(field, &index) else { return nil }
            if name.isEqual(toLowercase: Self.forName.span) {
                guard node == nil else { return nil }
                node = value
            }
            Self.skipSpace(field, &index)
            guard index == field.count || field[index] == UInt8(ascii: ",") || field[index] == UInt8(ascii: ";") else {
                return nil
            }
        }
    }

    /// A token, or the inside of a quoted string; nil where that does not end. Colons and brackets of an address should be
    /// quoted, which some proxies do not do.
    private static func value(_ field: Span<UInt8>, _ index: inout Int) -> [UInt8]? {
        var value: [UInt8] = []
        guard index < field.count, field[index] == UInt8(ascii: "\"") else {
            while index < field.count, !isDelimiter(field[index]) {
                value.append(field[index])
                index += 1
            }
            return value
        }
        index += 1
        while index < field.count, field[index] != UInt8(ascii: "\"") {
            if field[index] == UInt8(ascii: "\\") { index += 1 }
            guard index < field.count else { return nil }
            value.append(field[index])
            index += 1
        }
        guard index < field.count else { return nil }
        index += 1
        return value
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        FieldList.isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "=")
            || byte == UInt8(ascii: "\"")
    }

    private static func skipSpace(_ field: Span<UInt8>, _ index: inout Int) {
        while index < field.count, FieldList.isSpace(field[index]) { index += 1 }
    }
}
