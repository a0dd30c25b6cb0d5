/// Reads a route's path and brings it to the normal form that request targets are matched in.
enum RoutePatternParser {
    static func parse(_ text: String) throws(TextFault) -> RoutePattern {
        guard !PathDialect.isRegularExpression(text) else {
            throw TextFault(message: "a path is not a regular expression", hint: PathDialect.cure)
        }
        guard !PathDialect.hasQuery(text) else {
            throw TextFault(message: "routes do not match on the query", hint: "remove the query")
        }
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw TextFault(
                message: "a path must begin with \"/\"",
                hint: "did you mean \(Printable.quoted("/" + text))?"
            )
        }
        var pieces = text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let hasRest = pieces.last?.elementsEqual("**".utf8) == true
        if hasRest { pieces.removeLast() }
        var segments: [RoutePattern.Segment] = []
        var names: [String: Int] = [:]
        for (index, piece) in pieces.enumerated() {
            segments.append(try segment(Array(piece), at: index, names: &names))
        }
        return RoutePattern(text: text, segments: segments, hasRest: hasRest, names: names)
    }

    private static func segment(
        _ bytes: [UInt8],
        at index: Int,
        names: inout [String: Int]
    ) throws(TextFault) -> RoutePattern.Segment {
        if bytes.elementsEqual("*".utf8) { return .parameter }
        if bytes.elementsEqual("**".utf8) {
            throw TextFault(message: "\"**\" is allowed only at the end", hint: "\"*\" matches one segment")
        }
        if let name = PathDialect.parameter(bytes) {
            throw TextFault(
                message:
                    "\(Printable.quoted(String(decoding: bytes, as: UTF8.self))) is not how a parameter is written",
                hint: "write \"{\(name)}\""
            )
        }
        if bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") {
            let name = bytes.dropFirst().dropLast()
            guard !name.isEmpty, name.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5F || $0 == 0x2D })
            else {
                throw TextFault(
                    message: "a parameter name consists of letters, digits, \"_\" and \"-\"",
                    hint: "for example \"{id}\""
                )
            }
            let text = String(decoding: name, as: UTF8.self)
            guard names.updateValue(index, forKey: text) == nil else {
                throw TextFault(message: "two parameters are named \"\(text)\"")
            }
            return .parameter
        }
        if bytes.contains(where: { "*{}".utf8.contains($0) }) {
            throw TextFault(
                message: "\"*\" and \"{…}\" match a whole segment",
                hint: "\"/a/*\" or \"/a/{id}\" matches any one segment, \"/a/**\" any number"
            )
        }
        return .literal(try normalized(bytes))
    }

    /// RFC 3986, section 6.2.2: escapes of unreserved bytes decoded, all others in upper case.
    private static func normalized(_ bytes: [UInt8]) throws(TextFault) -> [UInt8] {
        var normal: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                try check(byte)
                normal.append(byte)
                continue
            }
            guard index + 1 < bytes.count, let high = bytes[index].hexadecimalValue,
                let low = bytes[index + 1].hexadecimalValue
            else {
                throw TextFault(
                    message: "\"%\" is not followed by two hexadecimal digits",
                    hint: "write a literal percent sign as \"%25\""
                )
            }
            index += 2
            let value = high << 4 | low
            if value == 0 || value == UInt8(ascii: "/") || value == UInt8(ascii: "\\") {
                throw TextFault(message: "requests with an escaped \"/\", \"\\\" or NUL in the path are refused")
            }
            if value.isUnreserved {
                normal.append(value)
            } else {
                normal += [UInt8(ascii: "%"), upperHexadecimal(high), upperHexadecimal(low)]
            }
        }
        let name = normal.prefix { $0 != UInt8(ascii: ";") }
        if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) {
            throw TextFault(message: "requests with a \".\" or \"..\" segment are refused")
        }
        return normal
    }

    private static func check(_ byte: UInt8) throws(TextFault) {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "\\"):
            throw TextFault(message: "requests with \"#\" or \"\\\" in the path are refused")
        case 0x80...:
            throw TextFault(
                message: "a path must be ASCII",
                hint: "percent-encode the UTF-8 bytes of other characters, for example \"%E5\""
            )
        case 0...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "["), UInt8(ascii: "]"):
            throw TextFault(
                message: "the path contains a character that must be percent-encoded",
                hint: "write it as \"%\(upper(byte))\""
            )
        default: return
        }
    }

    private static func upper(_ byte: UInt8) -> String {
        String(decoding: [upperHexadecimal(byte >> 4), upperHexadecimal(byte & 0xF)], as: UTF8.self)
    }

    private static func upperHexadecimal(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x41 + value - 10
    }
}

extension UInt8 {
    /// RFC 3986, section 2.3.
    var isUnreserved: Bool {
        isASCIILetter || isASCIIDigit || self == 0x2D || self == 0x2E || self == 0x5F || self == 0x7E
    }
}

extension RoutePattern {
    /// The path that an exact pattern takes.
    var normalPath: String {
        var bytes: [UInt8] = []
        for case .literal(let segment) in segments {
            bytes.append(UInt8(ascii: "/"))
            bytes += segment
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
