import Testing

/// A gateway that started while its store was away took tokens of sessions that had been ended.
@Suite("A gateway that does not know yet which sessions have ended")
struct StoreAwayAtStartTests {
    @Test("is not ready, takes no token, and serves what needs none")
    func away() async throws {
        let service = try TellingService.start()
        let log = RecordedLog()
        try await TestGateway.run(
            service: service,
            routes: [
                #"{"path":"/open","service":"s","auth":"none"}"#, #"{"path":"/maybe","service":"s","auth":"optional"}"#,
                #"{"path":"/**","service":"s"}"#,
            ],
            members: [
                "sessions": """
                {"store":"redis+unix:/nonexistent/menshen-test.sock",
                 "encryptionKey":{"value":"an-encryption-key-of-the-tests-only"}}
                """
            ],
            log: log
        ) { gateway in
            let client = try gateway.client()
            let token = try gateway.token()
            #expect(try client.get("/readyz").outcome == "503 25003 UNAVAILABLE")
            #expect(try client.get("/livez").status == 200)
            for path in ["/a", "/maybe"] {
                let refused = try client.get(path, token: token)
                #expect(refused.outcome == "503 25003 UNAVAILABLE")
                #expect(refused["retry-after"] != nil && refused.relogin == false)
            }
            #expect(try client.get("/a", token: "x.y.z").outcome == "401 20002 AUTH_INVALID")
            #expect(try client.get("/maybe").status == 200)
            #expect(try client.get("/open").status == 200)
            #expect(service.requests.count == 2)
            let told = log.lines.filter { $0.contains("session store") }
            #expect(told.count == 1 && told[0].contains("all tokens are refused") && told[0].contains("no connection"))
        }
    }
}
