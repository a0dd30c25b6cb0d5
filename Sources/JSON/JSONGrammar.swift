/// The grammar of RFC 8259 without the inside of strings: the effect of each byte in each state. A table, since bodies
/// of services consist mostly of short names and values: every byte costs one lookup.
struct JSONGrammar: Sendable {
    static let shared = Self()

    enum State: UInt8, CaseIterable, Sendable {
        case value, firstElement, firstName, name, colon, afterElement, afterMember, complete
        case minus, zero, integer, point, fraction, exponent, exponentSign, exponentDigits
        // The matched part of a literal.
        case t, tr, tru, f, fa, fal, fals, n, nu, nul
        // A string's inside is not in the table.
        case string
        case failed

        /// Whether the digits so far are a complete number.
        var isNumber: Bool { self == .zero || self == .integer || self == .fraction || self == .exponentDigits }
    }

    /// One byte, like the state in it.
    enum Step: Sendable {
        case to(State)
        case openObject, openArray, close
        case beginName, beginString
        /// The byte is the last of a value.
        case end
        /// The byte is behind a value, and has not been taken.
        case endBefore
        case fail
    }

    /// A state's 256 after one another.
    let steps: [Step]

    private init() {
        var table = Table()
        table.addBetween()
        for state in [State.value, .firstElement] { table.addValues(in: state) }
        table.addNumbers()
        table.addLiteral("true", .t, .tr, .tru)
        table.addLiteral("false", .f, .fa, .fal, .fals)
        table.addLiteral("null", .n, .nu, .nul)
        steps = table.steps
    }

    @inline(__always)
    static func place(of byte: UInt8, in state: State) -> Int { Int(state.rawValue) << 8 | Int(byte) }
}

private struct Table {
    typealias State = JSONGrammar.State
    typealias Step = JSONGrammar.Step

    var steps = [Step](repeating: .fail, count: State.allCases.count << 8)

    private mutating func on(_ bytes: String, in states: State..., take step: Step) {
        for state in states {
            for byte in bytes.utf8 { steps[JSONGrammar.place(of: byte, in: state)] = step }
        }
    }

    /// White space and what divides.
    mutating func addBetween() {
        let between: [State] = [
            .value, .firstElement, .firstName, .name, .colon, .afterElement, .afterMember, .complete,
        ]
        for state in between { on(" \t\n\r", in: state, take: .to(state)) }
        on("]", in: .firstElement, .afterElement, take: .close)
        on("}", in: .firstName, .afterMember, take: .close)
        on("\"", in: .firstName, .name, take: .beginName)
        on(":", in: .colon, take: .to(.value))
        on(",", in: .afterElement, take: .to(.value))
        on(",", in: .afterMember, take: .to(.name))
    }

    /// The first byte of each kind of value.
    mutating func addValues(in state: State) {
        on("{", in: state, take: .openObject)
        on("[", in: state, take: .openArray)
        on("\"", in: state, take: .beginString)
        on("-", in: state, take: .to(.minus))
        on("0", in: state, take: .to(.zero))
        on("123456789", in: state, take: .to(.integer))
        on("t", in: state, take: .to(.t))
        on("f", in: state, take: .to(.f))
        on("n", in: state, take: .to(.n))
    }

    /// Section 6.
    mutating func addNumbers() {
        for state in State.allCases where state.isNumber {
            for byte in UInt8.min ... .max { steps[JSONGrammar.place(of: byte, in: state)] = .endBefore }
        }
        let digits = "0123456789"
        on("0", in: .minus, take: .to(.zero))
        on("123456789", in: .minus, take: .to(.integer))
        on(digits, in: .integer, take: .to(.integer))
        on(".", in: .zero, .integer, take: .to(.point))
        on(digits, in: .point, .fraction, take: .to(.fraction))
        on("eE", in: .zero, .integer, .fraction, take: .to(.exponent))
        on("+-", in: .exponent, take: .to(.exponentSign))
        on(digits, in: .exponent, .exponentSign, .exponentDigits, take: .to(.exponentDigits))
    }

    /// - Parameter states: the states after its first letter, after its second, and so on.
    mutating func addLiteral(_ text: String, _ states: State...) {
        let next = states.dropFirst().map { Step.to($0) } + [.end]
        for (letter, (state, step)) in zip(text.utf8.dropFirst(), zip(states, next)) {
            steps[JSONGrammar.place(of: letter, in: state)] = step
        }
    }
}
