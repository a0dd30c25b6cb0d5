/// Checks a stream, at any split, to be exactly one JSON value with white space around it: RFC 8259's grammar, valid
/// UTF-8, surrogates in pairs, nesting to a limit. It accepts what `JSONReader` accepts (duplicate names aside, which
/// take memory to notice). Its state is a fixed few words.
package struct JSONValidator: Sendable {
    private var state = State.value
    private var isName = false
    /// Digits still to come in `\uXXXX`, or letters already seen of a literal.
    private var counter: UInt8 = 0
    private var codeUnit: UInt16 = 0
    private var literal: StaticString = "null"
    private var sequence = UTF8Sequence()
    private var depth = 0
    private let maximumDepth: Int
    /// One bit per level: set for an object.
    private var objects = InlineArray<4, UInt64>(repeating: 0)

    private enum State: UInt8, Sendable {
        case value, firstElement, firstName, name, colon, afterValue, complete, failed
        case string, multibyte, escape, highDigits, lowBackslash, lowU, lowDigits
        case minus, zero, integer, point, fraction, exponent, exponentSign, exponentDigits
        case literal
    }

    /// - Parameter maximumDepth: arrays and objects inside one another; 256 at most.
    package init(maximumDepth: Int = 128) {
        self.maximumDepth = min(max(maximumDepth, 0), deepestNesting)
    }

    /// Whether a whole value has been seen, so that only white space may follow. A number at the top level is complete
    /// only when `finish` says so.
    package var isComplete: Bool { state == .complete }

    /// Takes the next bytes. False: this is not JSON; so it stays.
    package mutating func consume(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        let count = bytes.count
        while index < count {
            if state == .string {
                index = bytes.endOfPlain(from: index)
                if index == count { return true }
            }
            guard step(bytes[index]) else {
                state = .failed
                return false
            }
            index += 1
        }
        return state != .failed
    }

    /// No more bytes come. True where they were exactly one value.
    package mutating func finish() -> Bool {
        switch state {
        case .zero, .integer, .fraction, .exponentDigits: state = depth == 0 ? .complete : .failed
        case .complete: break
        default: state = .failed
        }
        return state == .complete
    }

    private mutating func step(_ byte: UInt8) -> Bool {
        switch state {
        case .string, .multibyte, .escape, .highDigits, .lowBackslash, .lowU, .lowDigits: stepInString(byte)
        case .minus, .zero, .integer, .point, .fraction, .exponent, .exponentSign, .exponentDigits: stepInNumber(byte)
        case .literal: stepInLiteral(byte)
        case .failed: false
        default: byte.isJSONWhiteSpace || stepBetweenTokens(byte)
        }
    }

    private mutating func stepBetweenTokens(_ byte: UInt8) -> Bool {
        switch state {
        case .value: return beginValue(byte)
        case .firstElement: return byte == UInt8(ascii: "]") ? close() : beginValue(byte)
        case .firstName where byte == UInt8(ascii: "}"): return close()
        case .firstName, .name: return byte == UInt8(ascii: "\"") && beginString(isName: true)
        case .colon:
            state = .value
            return byte == UInt8(ascii: ":")
        case .afterValue where byte == UInt8(ascii: ","):
            state = isInObject ? .name : .value
            return true
        case .afterValue: return byte == (isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) && close()
        default: return false
        }
    }

    private mutating func beginValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"): return open(isObject: true)
        case UInt8(ascii: "["): return open(isObject: false)
        case UInt8(ascii: "\""): return beginString(isName: false)
        case UInt8(ascii: "-"): state = .minus
        case UInt8(ascii: "0"): state = .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .integer
        case UInt8(ascii: "t"): beginLiteral("true")
        case UInt8(ascii: "f"): beginLiteral("false")
        case UInt8(ascii: "n"): beginLiteral("null")
        default: return false
        }
        return true
    }

    private mutating func beginLiteral(_ text: StaticString) {
        literal = text
        counter = 1
        state = .literal
    }

    private mutating func stepInLiteral(_ byte: UInt8) -> Bool {
        guard literal.byte(at: Int(counter)) == byte else { return false }
        counter += 1
        if Int(counter) == literal.utf8CodeUnitCount { endValue() }
        return true
    }

    private mutating func beginString(isName: Bool) -> Bool {
        self.isName = isName
        state = .string
        return true
    }

    private mutating func stepInString(_ byte: UInt8) -> Bool {
        switch state {
        case .string where byte == UInt8(ascii: "\""):
            if isName { state = .colon } else { endValue() }
        case .string where byte == UInt8(ascii: "\\"): state = .escape
        case .string where byte >= 0x80:
            state = .multibyte
            return sequence.begin(byte)
        case .multibyte:
            guard sequence.next(byte) else { return false }
            if sequence.remaining == 0 { state = .string }
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
            state = .string
        case UInt8(ascii: "u"): beginDigits(.highDigits)
        default: return false
        }
        return true
    }

    private mutating func beginDigits(_ next: State) {
        counter = 4
        codeUnit = 0
        state = next
    }

    private mutating func stepInDigits(_ byte: UInt8) -> Bool {
        guard let digit = byte.hexDigitValue else { return false }
        codeUnit = codeUnit << 4 | UInt16(digit)
        counter -= 1
        guard counter == 0 else { return true }
        let isLow = (0xDC00...0xDFFF).contains(codeUnit)
        guard isLow == (state == .lowDigits) else { return false }
        state = (0xD800...0xDBFF).contains(codeUnit) ? .lowBackslash : .string
        return true
    }

    private mutating func stepInNumber(_ byte: UInt8) -> Bool {
        switch state {
        case .integer where byte.isDigit, .fraction where byte.isDigit, .exponentDigits where byte.isDigit:
            return true
        case .zero, .integer:
            if byte == UInt8(ascii: ".") { return go(to: .point) }
            return byte.isExponentMark ? go(to: .exponent) : endNumber(before: byte)
        case .fraction: return byte.isExponentMark ? go(to: .exponent) : endNumber(before: byte)
        case .exponentDigits: return endNumber(before: byte)
        case .minus: return byte.isDigit && go(to: byte == UInt8(ascii: "0") ? .zero : .integer)
        case .point: return byte.isDigit && go(to: .fraction)
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): return go(to: .exponentSign)
        case .exponent, .exponentSign: return byte.isDigit && go(to: .exponentDigits)
        default: return false
        }
    }

    private mutating func go(to next: State) -> Bool {
        state = next
        return true
    }

    private mutating func endNumber(before byte: UInt8) -> Bool {
        endValue()
        return step(byte)
    }

    private var isInObject: Bool {
        depth > 0 && objects[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
    }

    private mutating func open(isObject: Bool) -> Bool {
        guard depth < maximumDepth else { return false }
        let bit: UInt64 = 1 << UInt64(depth & 63)
        if isObject { objects[depth >> 6] |= bit } else { objects[depth >> 6] &= ~bit }
        depth += 1
        state = isObject ? .firstName : .firstElement
        return true
    }

    private mutating func close() -> Bool {
        depth -= 1
        endValue()
        return true
    }

    private mutating func endValue() {
        state = depth == 0 ? .complete : .afterValue
    }
}

extension UInt8 {
    fileprivate var isExponentMark: Bool { self == UInt8(ascii: "e") || self == UInt8(ascii: "E") }
}
