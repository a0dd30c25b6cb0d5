import Testing

/// A route that forwards the client's token forwarded one that nobody had verified, where a fresh code logged in on the same
/// request.
@Suite("A token that does not hold is not forwarded")
struct UnverifiedTokenTests {
    @Test("beside a code that logs in, nor where WeChat fails and the token is optional")
    func inPlace() async throws {
        let routes = [
            #"{"path":"/kept/**","service":"s","forwardToken":true}"#,
            #"{"path":"/open/**","service":"s","forwardToken":true,"auth":"optional"}"#,
        ]
        try await LoginBench.run(routes: routes) { bench in
            let client = try bench.gateway.client()
            let good = try bench.token()
            #expect(try client.get("/kept/a", token: good).status == 200)
            #expect(bench.seenByService().heads.last?["authorization"] == "Bearer \(good)")

            let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."
            let answer = try client.get("/kept/a", token: forged, fields: ["x-wx-code: \(try bench.code())"])
            #expect(answer.status == 200 && answer["x-auth-token"] != nil)
            #expect(bench.seenByService().heads.last?["authorization"] == nil)

            try bench.fail(#"{"fault":"errcode","errcode":-1}"#)
            let open = try client.get("/open/a", token: forged, fields: ["x-wx-code: \(try bench.code())"])
            #expect(open.outcome == "401 20002 AUTH_INVALID")
            #expect(bench.seenByService().heads.count == 2)
        }
    }
}
