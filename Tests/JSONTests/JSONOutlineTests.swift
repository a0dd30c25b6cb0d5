import JSON
import RandomJSON
import Testing

@Suite("An object's outline says what the reader says")
struct JSONOutlineTests {
    @Test func valuesAreThoseOfTheText() throws {
        let text = #"{"s":"x","e":"\u0061\n","n":-12,"f":1.5,"t":true,"z":null,"a":[1,"y"],"o":{"k":"v"},"\u0062":""}"#
        let outline = try #require(try JSONReader().outline(Array(text.utf8)))
        #expect(outline.members.map { String(decoding: outline[$0.name], as: UTF8.self) } == Self.names)
        guard case .string(let plain)? = outline["s"], case .string(let escaped)? = outline["e"],
            case .number(let integer)? = outline["n"], case .decimal(let fraction)? = outline["f"],
            case .bool(true)? = outline["t"], case .null? = outline["z"], case .nested(let array)? = outline["a"],
            case .nested(let object)? = outline["o"], case .string(let empty)? = outline["b"]
        else {
            Issue.record("a value is of another kind")
            return
        }
        #expect(Array(outline[plain]) == Array("x".utf8))
        #expect(Array(outline[escaped]) == Array("a\n".utf8))
        #expect(integer == -12)
        #expect(Array(outline[fraction]) == Array("1.5".utf8))
        #expect(outline[array].elements?.last?.string == "y")
        #expect(outline[object]["k"]?.string == "v")
        #expect(outline[empty].isEmpty)
        #expect(outline["missing"] == nil)
    }

    private static let names = ["s", "e", "n", "f", "t", "z", "a", "o", "b"]

    @Test(arguments: ["[]", "1", #""{}""#, " null ", #"[{"a":1}]"#])
    func whatIsNoObjectHasNone(text: String) throws {
        let outline = try JSONReader().outline(Array(text.utf8))
        #expect(outline == nil)
    }

    @Test func randomTextsGetTheReadersVerdictAndValues() {
        var random = RandomJSON(seed: SeededGenerator().seed)
        print("outlines: seed \(random.generator.seed)")
        var accepted = 0
        var refused = 0
        for _ in 0..<4000 {
            let text = Self.object(&random)
            let strict = JSONReader(maximumDepth: Int.random(in: 0...4, using: &random.generator), maximumSize: 4000)
            let tolerant = JSONReader(duplicates: .keepLast, controlCharacters: .tolerate)
            for bytes in [Array(text.utf8), random.damaged(text)] {
                for reader in [strict, tolerant] {
                    if Self.compare(bytes, reader) { accepted += 1 } else { refused += 1 }
                }
            }
        }
        #expect(accepted > 1000)
        #expect(refused > 1000)
    }

    @Test func duplicatesAreFoundAmongManyMembers() {
        for count in [1, 15, 16, 17, 200] {
            let members = (0..<count).map { #""n\#($0)":\#($0)"# }.joined(separator: ",")
            for repeated in [0, count / 2, count - 1] {
                let text = "{" + members + #","\u006e\#(repeated)":-1}"#
                #expect(!Self.compare(Array(text.utf8), JSONReader()))
                #expect(Self.compare(Array(text.utf8), JSONReader(duplicates: .keepLast)))
            }
        }
    }

    @Test(arguments: [
        "0", "-0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
        "92233720368547758070", "99999999999999999999", "18446744073709551616", "1.0", "1e3", "1E+3", "-0.0", "01", "-",
        "1.", "+1",
    ])
    func integersAreThoseOfTheReader(number: String) {
        let isNumber = !["01", "-", "1.", "+1"].contains(number)
        #expect(Self.compare(Array(#"{"n":\#(number)}"#.utf8), JSONReader()) == isNumber)
    }

    /// Whether both take the text; what they differ in is recorded.
    private static func compare(_ bytes: [UInt8], _ reader: JSONReader) -> Bool {
        let read = Result { () throws(JSONSyntaxError) in try reader.read(bytes) }
        let outlined = Result { () throws(JSONSyntaxError) in try reader.outline(bytes) }
        let text = String(decoding: bytes, as: UTF8.self)
        switch (read, outlined) {
        case (.failure(let first), .failure(let second)):
            #expect(first == second, "\(text)")
            return false
        case (.success(let node), .success(let outline)):
            guard let members = node.members, let outline else {
                #expect(node.members == nil && outline == nil, "\(text)")
                return true
            }
            #expect(members.count == outline.members.count, "\(text)")
            for (expected, member) in zip(members, outline.members) {
                #expect(Array(expected.name.utf8) == Array(outline[member.name]), "\(text)")
                #expect(isSame(expected.value, member.value, outline), "\(text)")
            }
            return true
        default:
            Issue.record("one takes what the other refuses: \(text)")
            return false
        }
    }

    private static func isSame(_ node: JSONNode, _ value: JSONOutline.Value, _ outline: JSONOutline) -> Bool {
        switch (node.value, value) {
        case (.null, .null): true
        case (.bool(let first), .bool(let second)): first == second
        case (.number, .number(let integer)): node.integer == integer
        case (.number(let first), .decimal(let second)):
            node.integer == nil && Array(first.utf8) == Array(outline[second])
                && first.contains { ".eE".contains($0) }
        case (.string(let first), .string(let second)): Array(first.utf8) == Array(outline[second])
        case (.array, .nested(let nested)), (.object, .nested(let nested)):
            // Both come from one function; what is to be seen is that it is this value.
            outline[nested].offset == node.offset
        default: false
        }
    }

    private static func object(_ random: inout RandomJSON) -> String {
        let names = ["a", #"\u0061"#, "b", "é", #"\u00e9"#, "", "aud", "\u{212A}"]
        let members = (0..<Int.random(in: 0...6, using: &random.generator)).map { number in
            let name = names.randomElement(using: &random.generator) ?? ""
            let suffix = Int.random(in: 0..<4, using: &random.generator) == 0 ? "" : "\(number)"
            return "\"" + name + suffix + "\":" + random.text(depth: 2)
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
