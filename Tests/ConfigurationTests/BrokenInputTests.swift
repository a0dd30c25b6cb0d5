import Configuration
import RandomJSON
import Testing

@Suite("Files that are broken at random")
struct BrokenInputTests {
    @Test("A file with changed bytes is read or has faults, and their places lie within it")
    func changedBytes() throws {
        var random = SeededGenerator()
        let sample = Array(try repositoryFile("routes.json").utf8)
        let marks = Array("{}[]\",:\\/0-9tfn \n*.%\u{80}".utf8)
        for _ in 0..<800 {
            var bytes = sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = marks.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: index)
                default: bytes.insert(marks.randomElement(using: &random) ?? 0, at: index)
                }
            }
            let result = GatewayConfiguration.load(bytes: bytes, environment: Fixture.noEnvironment)
            #expect((result.configuration == nil) == !result.faults.isEmpty, "seed \(random.seed)")
            let lines = bytes.count { $0 == 0x0A } + 1
            for fault in result.faults + result.warnings {
                #expect((1...lines).contains(fault.line ?? 0), "\(fault), seed \(random.seed)")
                #expect((1...bytes.count + 1).contains(fault.column ?? 0), "\(fault), seed \(random.seed)")
            }
            #expect(
                result.faults.map { $0.line ?? 0 } == result.faults.map { $0.line ?? 0 }.sorted(),
                "seed \(random.seed)"
            )
        }
    }

    @Test("Cut anywhere, it is no configuration")
    func cut() throws {
        let sample = Array(try repositoryFile("routes.json").utf8)
        let end = (sample.lastIndex(of: UInt8(ascii: "}")) ?? 0)
        for length in 0...end {
            let result = GatewayConfiguration.load(bytes: Array(sample[..<length]), environment: Fixture.noEnvironment)
            #expect(result.configuration == nil)
            #expect(result.faults.count == 1)
        }
    }
}
