extension JSONParser {
    /// The string at the position, which is at its opening quotation mark.
    mutating func string() throws(JSONSyntaxError) -> String {
        let (inside, resolved) = try text()
        if let resolved { return String(decoding: resolved, as: UTF8.self) }
        return String(decoding: bytes[inside], as: UTF8.self)
    }

    /// Parses a string as bytes: the range of its content, and the unescaped bytes if it has escapes.
    mutating func text() throws(JSONSyntaxError) -> (inside: Range<Int>, resolved: [UInt8]?) {
        position += 1
        let start = position
        try skipPlain()
        if take(UInt8(ascii: "\"")) { return (start..<position - 1, nil) }
        var resolved = Array(bytes[start..<position])
        while !take(UInt8(ascii: "\"")) {
            guard take(UInt8(ascii: "\\")) else { throw unexpected("the rest of a string") }
            try escape(into: &resolved)
            let runStart = position
            try skipPlain()
            resolved.append(contentsOf: bytes[runStart..<position])
        }
        return (start..<position - 1, resolved)
    }

    /// Goes to the next quotation mark, backslash or the end. All before it is checked.
    private mutating func skipPlain() throws(JSONSyntaxError) {
        while true {
            position = bytes.span.endOfPlain(from: position)
            guard let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return }
            if byte >= 0x80 {
                try multibyteSequence(byte)
            } else if rules.controlCharacters == .tolerate {
                position += 1
            } else {
                throw JSONSyntaxError(
                    offset: position,
                    message: "byte \(byte), a control character, is not escaped in a string"
                )
            }
        }
    }

    private mutating func multibyteSequence(_ lead: UInt8) throws(JSONSyntaxError) {
        let start = position
        var sequence = UTF8Sequence()
        var isValid = sequence.begin(lead)
        position += 1
        while isValid, sequence.remaining > 0 {
            guard let byte = current else {
                isValid = false
                break
            }
            isValid = sequence.next(byte)
            position += 1
        }
        guard isValid else { throw JSONSyntaxError(offset: start, message: "a string is not valid UTF-8") }
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(JSONSyntaxError) {
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(bytes[position])
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            unescaped.append(contentsOf: Array(String(Character(try unicodeEscape())).utf8))
            return
        default: throw unexpected("one of \"\\/bfnrtu after a backslash")
        }
        position += 1
    }

    /// The scalar of a `\u` escape, the position being after the `u`; two escapes where the first is a high surrogate.
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position - 2
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let end = position
        if unit < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try codeUnit()
            if (0xDC00...0xDFFF).contains(low),
                let scalar = Unicode.Scalar(0x1_0000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            {
                return scalar
            }
        }
        guard rules.unpairedSurrogates == .replace else {
            throw JSONSyntaxError(offset: start, message: "an unpaired surrogate")
        }
        // What follows is an escape of its own.
        position = end
        return "\u{FFFD}"
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = current?.hexDigitValue else { throw unexpected("four hexadecimal digits after \\u") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
