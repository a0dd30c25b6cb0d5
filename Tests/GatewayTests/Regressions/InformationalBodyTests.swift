import Testing

/// A 1xx has no body: one that claims a length leaves open where the final answer begins (RFC 9112 section 6.3).
@Suite("A connection whose informational response claimed a body is not used again")
struct InformationalBodyTests {
    @Test("the next request goes over a new one", arguments: ["content-length: 5", "transfer-encoding: chunked"])
    func claimed(field: String) async throws {
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                try peer.send("HTTP/1.1 103 Early Hints\r\n\(field)\r\n\r\n" + ok())
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for _ in 0..<2 {
                #expect(try client.get("/").status == 200)
            }
            #expect(service.connections == 2)
        }
    }
}
