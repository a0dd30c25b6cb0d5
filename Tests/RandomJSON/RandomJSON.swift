/// Random JSON texts, written independently of the code under test.
package struct RandomJSON {
    package var generator: SeededGenerator
    private static let numbers = ["0", "-0", "7", "-12.5", "1e9", "2E-3", "0.25e+1", "123456789012345678901234567890"]
    private static let characters = [
        "a", "Z", "9", " ", "/", "é", "神", "西湖龙井茶", "😀", "\u{7F}", "\u{85}", "\u{2028}", "\u{2029}", #"\""#, #"\\"#,
        #"\/"#,
        #"\b"#, #"\n"#, #"\u0000"#, #"\u00E9"#, #"\ud83d\uDE00"#, "{", "}", "[", "]", ",", ":",
    ]

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// A valid text with unique names.
    package mutating func text(depth: Int = 4) -> String {
        space() + value(depth) + space()
    }

    /// The text with one to three bytes changed, removed or added: mostly not JSON any more.
    package mutating func damaged(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        let pool = Array("{}[]:,\"\\0-+.eEutfn \n".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xBF, 0xC0, 0xE2, 0xED, 0xF4, 0xFF]
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0...bytes.count, using: &generator)
            let byte = pool[Int.random(in: 0..<pool.count, using: &generator)]
            switch Int.random(in: 0..<3, using: &generator) {
            case 0 where index < bytes.count: bytes[index] = byte
            case 1 where index < bytes.count: bytes.remove(at: index)
            default: bytes.insert(byte, at: index)
            }
        }
        return bytes
    }

    private mutating func value(_ depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return "true"
        case 1: return "false"
        case 2: return "null"
        case 3: return Self.numbers.randomElement(using: &generator) ?? "1"
        case 4: return string(prefix: "")
        case 5, 6:
            let members = (0..<Int.random(in: 0...4, using: &generator)).map { index in
                space() + string(prefix: "\(index)") + space() + ":" + space() + value(depth - 1) + space()
            }
            return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
        default:
            let elements = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                space() + value(depth - 1) + space()
            }
            return "[" + (elements.isEmpty ? space() : elements.joined(separator: ",")) + "]"
        }
    }

    private mutating func string(prefix: String) -> String {
        let characters = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            Self.characters.randomElement(using: &generator) ?? ""
        }
        return "\"" + prefix + characters.joined() + "\""
    }

    private mutating func space() -> String {
        Int.random(in: 0..<6, using: &generator) == 0
            ? [" ", "\n", "\r\n\t"].randomElement(using: &generator) ?? "" : ""
    }
}
