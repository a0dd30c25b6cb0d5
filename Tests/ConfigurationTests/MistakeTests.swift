import Configuration
import Testing

/// The page is the table of cases: each of its texts is what the product prints.
@Suite("Mistakes of new users")
struct MistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        /// A member of the file, or what is wrong with the whole file.
        let written: String
        let isMember: Bool
        /// Without the code quotes; each in a line of the cell.
        let told: [String]

        var testDescription: String { written }
    }

    private static let page = (try? repositoryFile("docs/mistakes.md")) ?? ""

    /// The rows of all tables, but for their heads.
    static let mistakes: [Mistake] = page.split(separator: "\n").compactMap { line in
        guard line.hasPrefix("| "), line.hasSuffix("` |"), !line.hasPrefix("| ---") else { return nil }
        let cells = line.dropFirst(2).dropLast(3).split(separator: " | `", maxSplits: 1)
        guard cells.count == 2 else { return nil }
        let isMember = cells[0].hasPrefix("`")
        let written = isMember ? cells[0].dropFirst().dropLast() : cells[0]
        return Mistake(
            written: String(written),
            isMember: isMember,
            told: cells[1].split(separator: "`<br>`").map(String.init)
        )
    }

    /// The file that the page begins with, and which has no mistake.
    private static let sample = page.components(between: "```json\n", and: "```")

    private static let environment = ConfigurationEnvironment(
        variable: { name in name == "WECHAT_APP_SECRET" ? Array("0f9e8d7c6b5a4938".utf8) : nil },
        contents: { path in
            switch path {
            case "keys/token.key", "keys/session.key", "keys/user-id.key", "keys/open.key":
                .success(Array("\(path) has these random bytes".utf8))
            case "keys/short.key": .success(Array("short".utf8))
            default: .failure(FileProblem(reason: "No such file or directory"))
            }
        },
        kind: { path in path == "keys/open.key" ? .file(permissions: 0o644) : .missing }
    )

    private static func told(_ bytes: [UInt8]) -> [String] {
        let result = GatewayConfiguration.load(bytes: bytes, environment: environment)
        return (result.warnings + result.faults).map(\.description)
    }

    /// The sample with the member in the place of the one of its name, or in front of the services.
    private static func file(with member: String) -> String {
        let lines = member.replacing("⏎", with: "\n")
        let name = lines.drop { !$0.isLetter }.prefix { $0.isLetter }
        var file = sample.split(separator: "\n").map(String.init)
        if let index = file.firstIndex(where: { $0.hasPrefix("  \"\(name)\":") }) {
            // A comma that is a mistake takes the place of the right one.
            file[index] = "  " + lines + (file[index].hasSuffix(",") && lines.last != "，" ? "," : "")
        } else if let index = file.firstIndex(where: { $0.hasPrefix("  \"services\":") }) {
            file.insert("  " + lines + ",", at: index)
        }
        return file.joined(separator: "\n") + "\n"
    }

    private static func file(that description: String) -> [UInt8]? {
        let bytes = Array(sample.utf8)
        switch description {
        case "an empty file": return []
        case "a file in UTF-8 with BOM": return [0xEF, 0xBB, 0xBF] + bytes
        case "a file in UTF-16": return [0xFF, 0xFE] + bytes.flatMap { [$0, 0] }
        case "a file in GBK with `订单` in a path":
            // The two characters in GBK.
            return Array(sample.components(before: "/orders/**").utf8) + [0x2F, 0xB6, 0xA9, 0xB5, 0xA5]
                + Array(sample.components(after: "/orders").utf8)
        case "a YAML file": return Array("listeners:\n  - address: 10.0.0.5:8080\n".utf8)
        case "a file without its last `}`": return Array(bytes.dropLast(2))
        case "a file with one `}` too many": return bytes + Array("}\n".utf8)
        default: return nil
        }
    }

    @Test("The page has at least sixty")
    func count() {
        #expect(Self.mistakes.count >= 60)
    }

    @Test("The sample of the page has none")
    func sampleIsRight() {
        #expect(Self.told(Array(Self.sample.utf8)) == [])
    }

    @Test("Each gets the text that the page says", arguments: mistakes)
    func text(_ mistake: Mistake) throws {
        let file = mistake.isMember ? Array(Self.file(with: mistake.written).utf8) : Self.file(that: mistake.written)
        let told = Self.told(try #require(file))
        #expect(told == mistake.told)
    }
}

extension String {
    fileprivate func components(before text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? ""
    }

    fileprivate func components(after text: String) -> String {
        firstRange(of: text).map { String(self[$0.upperBound...]) } ?? ""
    }

    fileprivate func components(between start: String, and end: String) -> String {
        components(after: start).components(before: end)
    }
}
