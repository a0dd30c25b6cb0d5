import Testing

/// A 426 must name the protocols that it asks for (RFC 9110, section 15.5.22); as a field of one connection it once got lost.
@Suite("A service's 426 says which protocol it asks for")
struct RequiredUpgradeTests {
    private static let routes = [
        #"{"path":"/passed","service":"s","auth":"none","failures":"none"}"#,
        #"{"path":"/enveloped","service":"s","auth":"none"}"#,
    ]

    static let cases: [(lines: [String], upgrade: String?)] = [
        (["Upgrade: websocket"], "websocket"),
        (["upgrade: WebSocket, foo/2", "Upgrade: bar"], "WebSocket, foo/2, bar"),
        // What would carry requests past the gateway is not asked for.
        (["upgrade: h2c, websocket,, HTTP/3.0 ,TLS/1.3"], "websocket"),
        (["upgrade: h2c"], nil), (["upgrade:"], nil), ([], nil), (["upgrade_: websocket"], nil),
    ]

    @Test("passed on or in the envelope, and the connection lives on", arguments: cases, ["/passed", "/enveloped"])
    func named(testCase: (lines: [String], upgrade: String?), path: String) async throws {
        let response = answer("426 Upgrade Required", "no", fields: ["Connection: upgrade"] + testCase.lines)
        let service = try ScriptedService.answering(response)
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let response = try client.get(path)
            #expect(response.status == 426)
            #expect(response.fields.all("upgrade") == (testCase.upgrade.map { [$0] } ?? []))
            #expect(response.fields.all("connection") == (testCase.upgrade == nil ? [] : ["upgrade"]))
            #expect(try client.livesOn())
            let old = try gateway.client().request("GET", path, version: "HTTP/1.0")
            #expect(old.status == 426 && old["upgrade"] == nil)
        }
    }

    @Test("no other status has it")
    func others() async throws {
        let lines = ["Connection: upgrade", "Upgrade: websocket"]
        let service = try ScriptedService.answering(answer("400 No", "no", fields: lines))
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            for path in ["/passed", "/enveloped"] {
                let response = try gateway.client().get(path)
                #expect(response.status == 400 && response["upgrade"] == nil && response["connection"] == nil)
            }
        }
    }
}
