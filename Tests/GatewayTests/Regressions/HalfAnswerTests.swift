import Testing

/// A service that began to answer has seen the request: asking again would run it twice.
@Suite("A service that dies within its answer's head is not asked again")
struct HalfAnswerTests {
    @Test(
        "on a connection that had served before",
        arguments: ["HTTP/1.1 2", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 103 Early Hints\r\n\r\n"]
    )
    func halfHead(answer: String) async throws {
        let service = try ScriptedService.start { peer in
            var served = 0
            while try peer.readRequest() != nil {
                if served == 1 { return try peer.send(answer) }
                served += 1
                try peer.send(ok())
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/first").status == 200)
            try client.request("DELETE", "/second").expectFailure("UPSTREAM_PROTOCOL", status: 502)
            #expect(service.requests.map(\.target) == ["/first", "/second"])
            #expect(service.connections == 1)
        }
    }
}
