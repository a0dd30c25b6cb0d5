/// Checks a stream, at any split, to be the inside of a JSON string (RFC 8259, section 7), valid UTF-8. An escape may be an
/// unpaired surrogate, which the grammar allows (section 8.2): the text passes as it is, and nothing here decodes it.
struct JSONStringValidator: Sendable {
    enum Progress {
        case more, ended, failed
    }

    private enum State: UInt8, Sendable {
        case plain, multibyte, escape, digits
    }

    private var state = State.plain
    /// The remaining digits of `\uXXXX`.
    private var digits: UInt8 = 0
    private var sequence = UTF8Sequence()

    /// Takes bytes up to the quotation mark that ends the string, and that too; ready for the next string then.
    @inline(__always)
    mutating func consume(_ bytes: Span<UInt8>, from index: inout Int) -> Progress {
        while index < bytes.count {
            if state == .plain {
                index = bytes.endOfPlain(from: index)
                guard index < bytes.count else { return .more }
                if bytes[index] == UInt8(ascii: "\"") {
                    index += 1
                    return .ended
                }
                let next = bytes.endOfTriples(from: index)
                if next > index {
                    index = next
                    continue
                }
            }
            guard step(bytes[index]) else { return .failed }
            index += 1
        }
        return .more
    }

    private mutating func step(_ byte: UInt8) -> Bool {
        switch state {
        case .plain where byte == UInt8(ascii: "\\"): state = .escape
        case .plain where byte >= 0x80:
            state = .multibyte
            return sequence.begin(byte)
        case .multibyte:
            guard sequence.next(byte) else { return false }
            if sequence.remaining == 0 { state = .plain }
        case .escape: return stepInEscape(byte)
        case .digits:
            guard byte.isHexDigit else { return false }
            digits -= 1
            if digits == 0 { state = .plain }
        default: return false
        }
        return true
    }

    private mutating func stepInEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            state = .plain
        case UInt8(ascii: "u"):
            digits = 4
            state = .digits
        default: return false
        }
        return true
    }
}
