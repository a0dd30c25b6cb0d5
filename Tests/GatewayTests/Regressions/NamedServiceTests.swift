import Testing

/// A name is tried at each of its addresses; each attempt once shared one handler, which then had no channel.
@Suite("A service by name")
struct NamedServiceTests {
    @Test("is reached at the address that answers")
    func localhost() async throws {
        let service = try ScriptedService.answering(ok())
        defer { service.stop() }
        let named = TestService(targets: ["http://localhost:\(service.port)"])
        try await TestGateway.run(services: ["s": named]) { gateway in
            let client = try gateway.client()
            for _ in 0..<3 {
                #expect(try client.get("/").status == 200)
            }
            #expect(service.connections == 1)
        }
    }
}
