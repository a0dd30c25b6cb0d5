/// Checks a stream, at any split, to be exactly one JSON value with white space around it: RFC 8259's grammar, valid
/// UTF-8, nesting to a limit. It accepts what `JSONReader` accepts, and also duplicate names, which take memory to notice,
/// and escapes that are unpaired surrogates: it is for texts that pass as they are. Its state is a fixed few words.
package struct JSONValidator: Sendable {
    private typealias State = JSONGrammar.State

    private var state = State.value
    private var string = JSONStringValidator()
    /// Whether the string that is being read is a member's name.
    private var isName = false
    private var depth = 0
    private let maximumDepth: Int
    /// Whether the innermost open container is an object.
    private var isInObject = false
    /// One bit per level: set if the surrounding container is an object.
    private var objects = InlineArray<4, UInt64>(repeating: 0)

    /// - Parameter maximumDepth: arrays and objects inside one another; 256 at most.
    package init(maximumDepth: Int = 128) {
        self.maximumDepth = min(max(maximumDepth, 0), deepestNesting)
    }

    /// Whether a complete value was seen, so that only white space may follow. A number at the top level is complete
    /// only after `finish`.
    package var isComplete: Bool { state == .complete }

    /// Whether no value has begun: all bytes so far were white space.
    package var isBlank: Bool { state == .value && depth == 0 }

    /// Takes the next bytes. False: this is not JSON; so it stays.
    package mutating func consume(_ bytes: Span<UInt8>) -> Bool {
        let grammar = JSONGrammar.shared
        let steps = grammar.steps.span
        // A copy that the loop can keep in a register.
        var state = self.state
        var index = 0
        while index < bytes.count {
            if state == .string {
                switch string.consume(bytes, from: &index) {
                case .more: break
                case .ended: state = isName ? .colon : afterValue
                case .failed: state = .failed
                }
                if state == .failed { break }
                continue
            }
            switch steps[JSONGrammar.place(of: bytes[index], in: state)] {
            case .to(let next): state = next
            case .openObject: state = open(isObject: true)
            case .openArray: state = open(isObject: false)
            case .close: state = close()
            case .beginName: (state, isName) = (.string, true)
            case .beginString: (state, isName) = (.string, false)
            case .end: state = afterValue
            case .endBefore:
                state = afterValue
                continue
            case .fail: state = .failed
            }
            if state == .failed { break }
            index += 1
        }
        self.state = state
        return state != .failed
    }

    /// Ends the input. True if it was exactly one value.
    package mutating func finish() -> Bool {
        if state.isNumber, depth == 0 { state = .complete }
        if state != .complete { state = .failed }
        return state == .complete
    }

    private var afterValue: State {
        guard depth > 0 else { return .complete }
        return isInObject ? .afterMember : .afterElement
    }

    private mutating func open(isObject: Bool) -> State {
        guard depth < maximumDepth else { return .failed }
        let bit: UInt64 = 1 << UInt64(depth & 63)
        if isInObject { objects[depth >> 6] |= bit } else { objects[depth >> 6] &= ~bit }
        depth += 1
        isInObject = isObject
        return isObject ? .firstName : .firstElement
    }

    private mutating func close() -> State {
        depth -= 1
        isInObject = objects[depth >> 6] >> UInt64(depth & 63) & 1 == 1
        return afterValue
    }
}
