/// Makes bytes fit for the inside of a JSON string: quotation mark and backslash escaped, all control characters
/// (C0, DEL, C1) and U+2028, U+2029 as `\uXXXX`, broken UTF-8 replaced by U+FFFD (one for each maximal part of a
/// sequence, as Unicode 3.9 recommends). The output comes in chunks, so that any kind of buffer can take it:
///
///     var chunk = JSONEscape.Chunk()
///     var position = 0
///     while position < bytes.count {
///         position = JSONEscape.fill(&chunk, with: bytes, from: position)
///         // takes chunk.bytes up to chunk.count
///     }
package enum JSONEscape {
    /// What the bytes are.
    package enum Source: Sendable {
        /// Text that becomes the inside of a string.
        case text
        /// A valid JSON text that is to keep its meaning: only DEL, C1, U+2028 and U+2029 change, which can stand
        /// nowhere but in its strings.
        case json
    }

    /// Some output.
    package struct Chunk {
        package fileprivate(set) var bytes = InlineArray<256, UInt8>(repeating: 0)
        /// How many of the bytes are meant.
        package fileprivate(set) var count = 0

        package init() {}
    }

    /// Fills the chunk anew; the result is the position to go on from, `bytes.count` at the end.
    package static func fill(
        _ chunk: inout Chunk,
        with bytes: Span<UInt8>,
        from start: Int,
        as source: Source = .text
    ) -> Int {
        chunk.count = 0
        var index = start
        while index < bytes.count, chunk.count <= 256 - 6 {
            let byte = bytes[index]
            if byte >= 0x7F {
                index += chunk.appendSequence(of: bytes, at: index)
            } else {
                if source == .json || byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
                    chunk.append(byte)
                } else {
                    chunk.appendEscape(of: byte)
                }
                index += 1
            }
        }
        return index
    }
}

/// What is appended is six bytes at most, for which `fill` keeps room.
extension JSONEscape.Chunk {
    fileprivate mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    fileprivate mutating func appendEscape(of byte: UInt8) {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter = byte
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        default: return appendUnicodeEscape(of: UInt16(byte))
        }
        append(UInt8(ascii: "\\"))
        append(letter)
    }

    private mutating func appendUnicodeEscape(of unit: UInt16) {
        append(UInt8(ascii: "\\"))
        append(UInt8(ascii: "u"))
        for place in 0..<4 {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(12 - 4 * place)) & 0xF
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// DEL or a multi-byte sequence; the result is how many bytes were taken.
    fileprivate mutating func appendSequence(of source: Span<UInt8>, at index: Int) -> Int {
        if source[index] == 0x7F {
            appendUnicodeEscape(of: 0x7F)
            return 1
        }
        var sequence = UTF8Sequence()
        var isValid = sequence.begin(source[index])
        var end = index + 1
        while isValid, sequence.remaining > 0 {
            isValid = end < source.count && sequence.next(source[end])
            if isValid { end += 1 }
        }
        switch (isValid, end - index, source[index]) {
        case (false, _, _):
            append(0xEF)
            append(0xBF)
            append(0xBD)
        case (_, 2, 0xC2) where source[index + 1] < 0xA0:
            appendUnicodeEscape(of: UInt16(source[index + 1]))
        case (_, 3, 0xE2) where source[index + 1] == 0x80 && source[index + 2] & 0xFE == 0xA8:
            appendUnicodeEscape(of: 0x2000 | UInt16(source[index + 2] & 0x3F))
        default:
            for position in index..<end { append(source[position]) }
        }
        return end - index
    }
}
