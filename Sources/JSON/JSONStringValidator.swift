/// Checks a stream, at any split, to be the inside of a JSON string (RFC 8259, section 7), valid UTF-8, surrogates in pairs.
struct JSONStringValidator: Sendable {
    enum Progress {
        case more, ended, failed
    }

    private enum State: UInt8, Sendable {
        case plain, multibyte, escape, highDigits, lowBackslash, lowU, lowDigits
    }

    private var state = State.plain
    /// The remaining digits of `\uXXXX`.
    private var digits: UInt8 = 0
    private var codeUnit: UInt16 = 0
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
        case .highDigits, .lowDigits: return stepInDigits(byte)
        case .lowBackslash where byte == UInt8(ascii: "\\"): state = .lowU
        case .lowU where byte == UInt8(ascii: "u"): beginDigits(.lowDigits)
        default: return false
        }
        return true
    }

    private mutating func stepInEscape(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            state = .plain
        case UInt8(ascii: "u"): beginDigits(.highDigits)
        default: return false
        }
        return true
    }

    private mutating func beginDigits(_ next: State) {
        digits = 4
        codeUnit = 0
        state = next
    }

    private mutating func stepInDigits(_ byte: UInt8) -> Bool {
        guard let digit = byte.hexDigitValue else { return false }
        codeUnit = codeUnit << 4 | UInt16(digit)
        digits -= 1
        guard digits == 0 else { return true }
        let isLow = (0xDC00...0xDFFF).contains(codeUnit)
        guard isLow == (state == .lowDigits) else { return false }
        state = (0xD800...0xDBFF).contains(codeUnit) ? .lowBackslash : .plain
        return true
    }
}
