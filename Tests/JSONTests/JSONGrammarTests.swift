import JSON
import RandomJSON
import Testing

/// Every byte in every place where the grammar looks at one, beside what RFC 8259 and RFC 3629 say. The reader is no oracle
/// here: both share what knows UTF-8, escapes and digits.
@Suite("What JSON's grammar says of each byte")
struct JSONGrammarTests {
    /// One text for each place between, and in numbers and literals, and the bytes that may follow it.
    private static let places: [(text: String, allowed: String, white: Bool)] = {
        let value = "{[\"-0123456789tfn"
        return [
            ("", value, true), ("[", value + "]", true), ("{", "\"}", true), (#"{"a":1,"#, "\"", true),
            (#"{"a""#, ":", true), ("[1 ", ",]", true), (#"{"a":1 "#, ",}", true), ("[]", "", true),
            ("[1,", value, true),
            (#"{"a":"#, value, true),
            ("[-", "0123456789", false), ("[0", ".eE,]", true), ("[12", "0123456789.eE,]", true),
            ("[1.", "0123456789", false), ("[1.5", "0123456789eE,]", true), ("[1e", "+-0123456789", false),
            ("[1e+", "0123456789", false), ("[1e5", "0123456789,]", true),
            ("t", "r", false), ("tr", "u", false), ("tru", "e", false), ("f", "a", false), ("fa", "l", false),
            ("fal", "s", false), ("fals", "e", false), ("n", "u", false), ("nu", "l", false), ("nul", "l", false),
        ]
    }()

    private func takes(_ text: String, _ byte: UInt8) -> Bool {
        var validator = JSONValidator()
        let before = Array(text.utf8)
        guard validator.consume(before.span) else { return false }
        let next = [byte]
        return validator.consume(next.span)
    }

    @Test("outside strings just those are taken that may follow", arguments: places.indices)
    func outside(place: Int) {
        let (text, allowed, white) = Self.places[place]
        let expected = Set(allowed.utf8).union(white ? [0x20, 0x09, 0x0A, 0x0D] : [])
        let taken = Set((UInt8.min ... .max).filter { takes(text, $0) })
        #expect(taken == expected, "after \(text)")
    }

    @Test("behind a backslash just eight are, and u")
    func escapes() {
        let taken = (UInt8.min ... .max).filter { takes(#""\"#, $0) }
        #expect(Set(taken) == Set("\"\\/bfnrtu".utf8))
    }

    @Test("as a digit of an escape just the hexadecimal ones are", arguments: ["", "0", "00", "000"])
    func digits(before: String) {
        let taken = (UInt8.min ... .max).filter { takes(#""\u"# + before, $0) }
        #expect(Set(taken) == Set("0123456789abcdefABCDEF".utf8))
    }

    private func isString(_ inside: String) -> Bool { validates(Array("\"\(inside)\"".utf8)) }

    private func escape(_ unit: Int) -> String {
        let digits = String(unit, radix: 16)
        return #"\u"# + String(repeating: "0", count: 4 - digits.count) + digits
    }

    @Test("any code unit may stand alone, also half of a pair (RFC 8259, section 8.2)")
    func units() {
        for unit in 0...0xFFFF {
            let isTaken = isString(escape(unit))
            #expect(isTaken, "\(unit)")
        }
    }

    /// Swift's own decoder says which are UTF-8.
    @Test("of sequences of four bytes just those of UTF-8 are taken")
    func fourBytes() {
        let ends: [UInt8] = [0x00, 0x7F, 0x80, 0xBF, 0xC0]
        var accepted = 0
        for first in UInt8(0xF0)...0xFF {
            for second in UInt8.min ... .max {
                for third in ends {
                    for fourth in ends {
                        let inside = [first, second, third, fourth]
                        let isText = String(validating: inside, as: UTF8.self) != nil
                        let text = [0x22] + inside + [0x22]
                        // A control character is UTF-8 and may not stand in a string.
                        let isAlike = validates(text) == (isText && inside.allSatisfy { $0 >= 0x20 })
                        #expect(isAlike, "\(inside)")
                        accepted += isText ? 1 : 0
                    }
                }
            }
        }
        // F0 with 48 second bytes, F1 to F3 with 64 each, F4 with 16; of the ends two and two.
        #expect(accepted == (48 + 3 * 64 + 16) * 4)
    }

    @Test("a bracket closes what was opened at its level, at every level", arguments: 0..<4)
    func levels(turn: Int) {
        var random = SeededGenerator()
        print("levels: MENSHEN_TEST_SEED=\(random.seed)")
        for depth in [1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 192, 193, 255, 256] {
            let isObject = (0..<depth).map { _ in Bool.random(using: &random) }
            let open = isObject.map { $0 ? #"{"a":"# : "[" }.joined()
            var closers = isObject.reversed().map { UInt8(ascii: $0 ? "}" : "]") }
            let start = Array((open + "1").utf8)
            #expect(validates(start + closers, maximumDepth: 256))
            #expect(depth == 1 || !validates(start + closers, maximumDepth: depth - 1))
            // One of them after the other is the wrong one.
            for level in closers.indices {
                closers[level] ^= UInt8(ascii: "}") ^ UInt8(ascii: "]")
                let isTaken = validates(start + closers, maximumDepth: 256)
                #expect(!isTaken, "level \(level) of \(depth), \(open)")
                closers[level] ^= UInt8(ascii: "}") ^ UInt8(ascii: "]")
            }
        }
    }

    @Test("what was not whole at its end stays so")
    func afterTheEnd() {
        var validator = JSONValidator()
        let (start, end) = (Array("[1".utf8), Array("]".utf8))
        let first = validator.consume(start.span)
        let ends = [validator.finish(), validator.consume(end.span), validator.finish()]
        #expect(first && ends == [false, false, false])
    }
}
