/// Makes bytes fit for the inside of a JSON string: quotation mark and backslash escaped, all control characters
/// (C0, DEL, C1) and U+2028, U+2029 as `\uXXXX`, broken UTF-8 replaced by U+FFFD (one for each maximal part of a
/// sequence, as Unicode 3.9 recommends). It names pieces instead of writing them, so that any buffer can take them.
package struct JSONEscape {
    /// The source of the bytes.
    package enum Source: Sendable {
        /// Text that becomes the inside of a string.
        case text
        /// A valid JSON text whose meaning must not change: only DEL, C1, U+2028 and U+2029 are escaped, which can
        /// occur only in its strings.
        case json
    }

    /// Some unchanged bytes, followed by an escape that replaces some others.
    package struct Piece {
        /// The end of the unchanged bytes, which begin at the requested start.
        package var plainEnd: Int
        /// Where the next piece begins.
        package var next: Int
        /// The escape, in its first `escapeCount` bytes. None only at the end of the bytes.
        package var escape: InlineArray<6, UInt8>
        /// The number of bytes of ``escape``: 0, 2, 3 or 6.
        package var escapeCount: Int
    }

    /// The piece that begins at `start`.
    package static func piece(of bytes: Span<UInt8>, from start: Int, in source: Source = .text) -> Piece {
        let count = bytes.count
        var index = start
        while index < count {
            let byte = bytes[index]
            if byte < 0x7F {
                if source == .json || byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
                    index += 1
                    continue
                }
                return short(byte, at: index)
            }
            if byte == 0x7F { return unicode(0x7F, at: index, length: 1) }
            let (length, isValid) = sequence(of: bytes, at: index)
            guard isValid else { return replacement(at: index, length: length) }
            if length == 2, byte == 0xC2, bytes[index + 1] < 0xA0 {
                return unicode(UInt16(bytes[index + 1]), at: index, length: 2)
            }
            if length == 3, byte == 0xE2, bytes[index + 1] == 0x80, bytes[index + 2] & 0xFE == 0xA8 {
                return unicode(0x2000 | UInt16(bytes[index + 2] & 0x3F), at: index, length: 3)
            }
            index += length
        }
        return Piece(plainEnd: count, next: count, escape: InlineArray(repeating: 0), escapeCount: 0)
    }

    /// How long the sequence at an index is, and whether it is whole and valid.
    private static func sequence(of bytes: Span<UInt8>, at index: Int) -> (length: Int, isValid: Bool) {
        var sequence = UTF8Sequence()
        guard sequence.begin(bytes[index]) else { return (1, false) }
        var end = index + 1
        while sequence.remaining > 0 {
            guard end < bytes.count, sequence.next(bytes[end]) else { return (end - index, false) }
            end += 1
        }
        return (end - index, true)
    }

    private static func short(_ byte: UInt8, at index: Int) -> Piece {
        let letter: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): letter = byte
        case 0x08: letter = UInt8(ascii: "b")
        case 0x09: letter = UInt8(ascii: "t")
        case 0x0A: letter = UInt8(ascii: "n")
        case 0x0C: letter = UInt8(ascii: "f")
        case 0x0D: letter = UInt8(ascii: "r")
        default: return unicode(UInt16(byte), at: index, length: 1)
        }
        return Piece(
            plainEnd: index,
            next: index + 1,
            escape: [UInt8(ascii: "\\"), letter, 0, 0, 0, 0],
            escapeCount: 2
        )
    }

    private static func unicode(_ unit: UInt16, at index: Int, length: Int) -> Piece {
        Piece(
            plainEnd: index,
            next: index + length,
            escape: [
                UInt8(ascii: "\\"), UInt8(ascii: "u"), hexDigit(unit >> 12), hexDigit(unit >> 8), hexDigit(unit >> 4),
                hexDigit(unit),
            ],
            escapeCount: 6
        )
    }

    private static func replacement(at index: Int, length: Int) -> Piece {
        Piece(plainEnd: index, next: index + length, escape: [0xEF, 0xBF, 0xBD, 0, 0, 0], escapeCount: 3)
    }

    private static func hexDigit(_ value: UInt16) -> UInt8 {
        let digit = UInt8(value & 0xF)
        return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
