import Testing

@Suite("A service that should know the users and fails")
struct ResolverFaultTests {
    @Test("is a failed login for the client, and a line with the reason for the operators")
    func log() async throws {
        let recorded = RecordedLog()
        try await LoginBench.run(
            // Whatever it is asked, it answers with what it was asked: JSON, but no user id.
            members: ["users": #"{"resolve":{"service":"s","path":"/internal/wechat-users"}}"#],
            log: recorded
        ) { bench in
            let answer = try bench.login(code: try bench.code())
            #expect(answer.outcome == "502 30000 UPSTREAM_PROTOCOL")
        }
        let told = recorded.lines.filter { $0.contains("resolver_failed") }
        #expect(told.count == 1 && told[0].hasPrefix("warning"), "\(recorded.lines)")
        #expect(told.first?.contains("unintelligible_answer") == true)
    }
}
