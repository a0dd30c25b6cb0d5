/// Runs one part of the data path so many times, for a tool that counts instructions: `menshen-micro NAME TIMES`.
///
/// The count of two runs with different TIMES, over the difference, is the cost of one turn: what starting and making
/// ready costs is in both.
@main
struct Microbenchmarks {
    static let all: [(name: String, run: @Sendable (Int) throws -> Int)] = [
        ("request-parser", WireBenchmarks.parseRequests),
        ("request-parser-25-fields", WireBenchmarks.parseLongRequests),
        ("response-parser", WireBenchmarks.parseResponses),
        ("request-head-writer", WireBenchmarks.writeRequestHeads),
        ("header-policy", WireBenchmarks.writeForgedRequestHeads),
        ("response-head-writer", WireBenchmarks.writeResponseHeads),
        ("token-cached", TokenBenchmarks.verifyKnown),
        ("token-cold", TokenBenchmarks.verifyNew),
        ("json-validator", JSONBenchmarks.validateNumbers),
        ("json-validator-chinese", JSONBenchmarks.validateChinese),
    ]

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let times = Int(arguments[2]), times > 0,
            let benchmark = all.first(where: { $0.name == arguments[1] })
        else {
            for (name, _) in all { print(name) }
            return
        }
        // What comes out is printed, so that the compiler cannot leave the work out.
        print(benchmark.name, times, try benchmark.run(times))
    }
}

/// A benchmark's input was not taken: its figure would be about something else.
struct UnexpectedResult: Error {
    let what: String
}
