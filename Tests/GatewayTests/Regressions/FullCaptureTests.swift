import Testing

/// The bookkeeping of a failing answer that was cut short once ran for the request behind it, which had no route.
@Suite("A failing answer that is full is done with at once")
struct FullCaptureTests {
    @Test("requests behind it are answered in order, and the gateway lives on")
    func pipelined() async throws {
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                try peer.send(answer("500 Oops", "coded bytes", fields: ["content-encoding: br"]))
            }
        }
        try await TestGateway.run(service: service) { gateway in
            for _ in 0..<20 {
                let client = try gateway.client()
                try client.send(
                    "GET /one HTTP/1.1\r\nhost: h\r\n\r\nGET //bad HTTP/1.1\r\nhost: h\r\n\r\nrubbish\r\n\r\n"
                )
                try client.read().expectFailure("UPSTREAM_STATUS", status: 500)
                try client.read().expectRefusal(24400, "BAD_REQUEST", status: 400)
                try client.read().expectRefusal(24400, "BAD_REQUEST", status: 400)
                #expect(try client.isClosed())
            }
            try gateway.client().get("/two").expectFailure("UPSTREAM_STATUS", status: 500)
        }
    }
}
