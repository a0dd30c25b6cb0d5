import Gateway
import JSON
import Logging
import Testing

/// Whoever read standard error hung. Each refused login wrote a line, and the thread that hears from WeChat waited in it:
/// after 365 of them nobody logged in any more, and SIGTERM waited for the word "stopping".
@Suite("An unread log blocks nothing", .timeLimit(.minutes(5)))
struct StuckLogTests {
    /// One client logs in as fast as it can.
    private static let unlimited = ["login": #"{"rate":1000000}"#]

    @Test("Logins, logouts and the counters go on, and the gateway ends")
    func stuck() async throws {
        let pipe = try Pipe()
        let console = try TestConsole(descriptor: pipe.input)
        let members = TestGateway.openAdmin.merging(Self.unlimited) { $1 }
        // The pipe is full before the first line.
        try pipe.fill()
        try await LoginBench.run(members: members, console: console) { bench in
            let client = try bench.gateway.client()
            let begin = TestClock.milliseconds()
            for number in 0..<400 {
                let body = #"{"code":"bad-\#(number)"}"#
                #expect(try client.request("POST", "/auth/login", body: body).outcome == "400 20006 LOGIN_CODE_INVALID")
            }
            let token = try bench.token()
            #expect(try client.get("/a", token: token).status == 200)
            #expect(try client.request("POST", "/auth/logout", token: token, body: "{}").status == 200)
            #expect(try client.get("/a", token: token).outcome == "401 20005 AUTH_REVOKED")
            #expect(try client.get("/readyz").text.contains(#""status":"ready""#))
            let logs = try #require(try bench.gateway.operators().get("/counters").data?["logs"])
            // Ten of the 400 are written in each interval of ten seconds.
            let intervals = (TestClock.milliseconds() - begin) / 10_000 + 2
            #expect(try #require(logs["operators"]?["suppressed"]?.integer) >= 400 - 10 * Int64(intervals))
            #expect(logs["operators"]?["dropped"]?.integer == 0 && logs["access"]?["dropped"]?.integer == 0)
            // More than can wait.
            for number in 0..<20_000 {
                console.logger.warning("more than can wait", metadata: ["number": "\(number)"])
            }
            let full = try #require(try bench.gateway.operators().get("/counters").data?["logs"])
            #expect(try #require(full["operators"]?["dropped"]?.integer) > 0)
        }
        pipe.closeOutput()
        #expect(console.writer.stop(milliseconds: 30_000))
        pipe.closeInput()
    }

    @Test("Refused logins of one kind are ten lines in ten seconds, and a line that counts the others")
    func limited() async throws {
        let recorded = RecordedLog()
        try await LoginBench.run(members: Self.unlimited, log: recorded) { bench in
            let client = try bench.gateway.client()
            for number in 0..<100 {
                _ = try client.request("POST", "/auth/login", body: #"{"code":"bad-\#(number)"}"#)
            }
        }
        let lines = recorded.lines.filter { $0.contains("login failed") }
        let counted = lines.compactMap { line in
            line.split(separator: "\"suppressed\", value: ").dropFirst().first.flatMap {
                Int($0.prefix(while: \.isNumber))
            }
        }
        // Lines without a count, those with one, and what these count, are all of them.
        #expect(lines.count <= 25 && !counted.isEmpty)
        let summaries = lines.count { $0.contains("suppressed") && !$0.contains("requests") }
        #expect(lines.count - summaries + counted.reduce(0, +) == 100)
    }
}
