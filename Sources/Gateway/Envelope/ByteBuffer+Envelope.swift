import JSON
import NIOCore

/// What the pieces of an envelope are written with.
extension ByteBuffer {
    mutating func write(_ bytes: Span<UInt8>) { writeBytes(bytes.bytes) }
    mutating func write(_ text: StaticString) { writeStaticString(text) }
    mutating func write(byte: UInt8) { writeInteger(byte) }
}

extension ByteBuffer {
    /// Decimal digits. No number of the gateway's is negative; one that is counts as zero.
    mutating func write(decimal value: Int) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var rest = max(value, 0)
        var start = 20
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        write(digits.span.extracting(start..<20))
    }

    /// The inside of a JSON string, or (`.json`) a JSON text with its odd characters escaped.
    mutating func write(escaping bytes: Span<UInt8>, as source: JSONEscape.Source = .text) {
        var start = 0
        while start < bytes.count {
            let piece = JSONEscape.piece(of: bytes, from: start, in: source)
            if piece.plainEnd > start { write(bytes.extracting(start..<piece.plainEnd)) }
            if piece.escapeCount > 0 { write(piece.escape.span.extracting(first: piece.escapeCount)) }
            start = piece.next
        }
    }

    /// A field's value without what could end the field (RFC 9110, section 5.5).
    mutating func write(fieldValue bytes: Span<UInt8>) {
        var start = 0
        for index in bytes.indices where bytes[index].isControl {
            write(bytes.extracting(start..<index))
            start = index + 1
        }
        write(bytes.extracting(start..<bytes.count))
    }

    /// The inside of a quoted string in a field (RFC 9110, section 5.6.4).
    mutating func write(quotedStringOf bytes: Span<UInt8>) {
        for index in bytes.indices where !bytes[index].isControl {
            if bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "\\") {
                write(byte: UInt8(ascii: "\\"))
            }
            write(byte: bytes[index])
        }
    }
}

extension UInt8 {
    fileprivate var isControl: Bool { self < 0x20 || self == 0x7F }
}
