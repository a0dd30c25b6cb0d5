import JSON

/// What a syntax error means, and its cure: the slips of people who write JSON by hand. Of the file it quotes one
/// character at most, as the error itself does.
struct SyntaxFault {
    let offset: Int
    let message: String
    let hint: String?

    init(_ error: JSONSyntaxError, in bytes: [UInt8]) {
        let text = SyntaxContext(bytes: bytes, offset: error.offset)
        let found =
            SyntaxFault.ofFile(bytes) ?? SyntaxFault.ofString(error, text)
            ?? error.expected.flatMap { SyntaxFault.ofPlace($0, text) }
        let message = found?.message ?? error.message
        self.message = "not JSON: " + message
        hint = found?.hint ?? error.expected.flatMap { SyntaxFault.hint($0, text) } ?? SyntaxFault.hint(error)
        offset = found?.offset ?? error.offset
    }

    private typealias Finding = (offset: Int, message: String, hint: String)

    // MARK: - The file as a whole

    private static func ofFile(_ bytes: [UInt8]) -> Finding? {
        if bytes.allSatisfy(\.isWhiteSpace) { return (0, "the file is empty", "copy the sample routes.json") }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return (0, "the file begins with a byte order mark (BOM)", "save it as UTF-8 without BOM")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(4).contains(0) {
            return (0, "the file is UTF-16", "save it as UTF-8")
        }
        return nil
    }

    // MARK: - Strings

    private static func ofString(_ error: JSONSyntaxError, _ text: SyntaxContext) -> Finding? {
        let isLineEnd = text.byte == UInt8(ascii: "\n") || text.byte == UInt8(ascii: "\r")
        guard isLineEnd, error.message.contains("control character") else { return nil }
        if let (offset, mark) = text.lastQuotationMark {
            return (offset, "\(LookAlike.name(mark)) does not close a string", LookAlike.cure(mark))
        }
        return (text.offset, "the line ends within a string", "close the string with a quotation mark (\")")
    }

    private static func hint(_ error: JSONSyntaxError) -> String? {
        let hints = [
            ("not valid UTF-8", "save the file as UTF-8"), ("another member of this name", "remove one of them"),
            ("byte 9, a control character", "write a tab as \"\\t\""),
        ]
        return hints.first { error.message.contains($0.0) }?.1
    }

    // MARK: - Between values

    private static func ofPlace(_ expected: String, _ text: SyntaxContext) -> Finding? {
        guard let byte = text.byte else { return nil }
        if byte >= 0x80, let scalar = text.scalar {
            return (text.offset, "\(LookAlike.name(scalar)) where \(expected) was expected", LookAlike.cure(scalar))
        }
        if byte == UInt8(ascii: "#") || text.starts(with: "//") || text.starts(with: "/*") {
            return (text.offset, "a comment, which JSON does not have", "remove it")
        }
        guard let before = text.before else { return nil }
        let isClosing = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        if isClosing, text.bytes[before] == UInt8(ascii: ",") {
            return (before, "a comma with nothing behind it", "remove it")
        }
        let beginsValue = "\"{[".utf8.contains(byte) || (byte.isWordByte && before < text.offset - 1)
        if expected.hasPrefix("\",\" or"), beginsValue {
            return (before + 1, "a comma is missing here", "write \",\"")
        }
        return nil
    }

    private static func hint(_ expected: String, _ text: SyntaxContext) -> String? {
        let expectsName = expected.hasPrefix("a member's name")
        guard let byte = text.byte else {
            if expected.contains("\"]\"") { return "close the array with \"]\"" }
            if expected.contains("\"}\"") || expectsName { return "close the object with \"}\"" }
            return expected.contains("string") ? "close the string with a quotation mark (\")" : nil
        }
        if expected.contains("after a backslash") { return "write a backslash as \"\\\\\"" }
        if byte == UInt8(ascii: "'") { return "write a double quotation mark (\") in place of '" }
        if expected == "the end of the text" { return "the file is one object: remove what follows it" }
        if expected == "a value", text.before == nil { return "the file must begin with \"{\"" }
        if byte == UInt8(ascii: ",") { return "remove the comma" }
        if expectsName { return "put the name in quotation marks (\")" }
        if expected == "\":\"" { return "write \":\" between a name and its value" }
        if byte.isASCIIDigit { return "a number has no leading zero" }
        if byte.isWordByte {
            return "put text in quotation marks (\"); true, false and null stand alone, in lower case"
        }
        if byte == UInt8(ascii: "]"), expected.contains("\"}\"") { return "close the object with \"}\"" }
        if byte == UInt8(ascii: "}"), expected.contains("\"]\"") { return "close the array with \"]\"" }
        return nil
    }
}

/// A place in a text that is not JSON.
private struct SyntaxContext {
    let bytes: [UInt8]
    let offset: Int

    var byte: UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

    /// The character there.
    var scalar: Unicode.Scalar? {
        String(decoding: bytes.dropFirst(offset).prefix(4), as: UTF8.self).unicodeScalars.first
    }

    /// The last byte in front of it that is not white space.
    var before: Int? { bytes.prefix(offset).lastIndex { !$0.isWhiteSpace } }

    func starts(with text: String) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }

    /// The last typographic quotation mark in front of it on its line.
    var lastQuotationMark: (offset: Int, mark: Unicode.Scalar)? {
        let lineStart = bytes.prefix(offset).lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        for start in (lineStart..<max(lineStart, offset)).reversed() where bytes[start] >= 0xC0 {
            let scalar = String(decoding: bytes[start..<offset].prefix(4), as: UTF8.self).unicodeScalars.first
            if let scalar, LookAlike.plain(scalar) == "\"" { return (start, scalar) }
        }
        return nil
    }
}

/// Characters that look like ASCII's own, as input methods and word processors write them.
enum LookAlike {
    private static let special: [Unicode.Scalar: String] = [
        "\u{201C}": "\"", "\u{201D}": "\"", "\u{201E}": "\"", "\u{2018}": "\"", "\u{2019}": "\"", "\u{300C}": "\"",
        "\u{300D}": "\"", "\u{3001}": ",", "\u{3010}": "[", "\u{3011}": "]", "\u{2013}": "-", "\u{2014}": "-",
        "\u{00A0}": " ", "\u{3000}": " ", "\u{200B}": " ", "\u{FEFF}": " ", "\u{FF07}": "\"",
    ]

    static func cure(_ scalar: Unicode.Scalar) -> String {
        switch plain(scalar) {
        case "\"": "write a straight quotation mark (\")"
        case " ": "write a plain space"
        case .some(let plain): "write \"\(plain)\""
        case nil: "put text in quotation marks (\")"
        }
    }

    /// The ASCII character; nil where none looks like it.
    static func plain(_ scalar: Unicode.Scalar) -> String? {
        if let plain = special[scalar] { return plain }
        // The full-width forms of ASCII, in its order.
        guard (0xFF01...0xFF5E).contains(scalar.value), let ascii = Unicode.Scalar(scalar.value - 0xFEE0) else {
            return nil
        }
        return String(Character(ascii))
    }

    static func name(_ scalar: Unicode.Scalar) -> String {
        let number = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
        let isFullWidth = (0xFF01...0xFF5E).contains(scalar.value)
        return "\"\(Character(scalar))\" (\(isFullWidth ? "full-width, " : "")U+\(padded))"
    }
}

extension UInt8 {
    /// RFC 8259, section 2.
    fileprivate var isWhiteSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }

    fileprivate var isWordByte: Bool { isASCIILetter || isASCIIDigit || self == 0x5F || self == 0x24 || self == 0x2D }
}
