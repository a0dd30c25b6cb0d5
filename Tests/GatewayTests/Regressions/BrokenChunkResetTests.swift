import Testing

/// A response that could not be sent left its request where it was, and a broken body was told to it again and again: the
/// event loop never came back.
@Suite("A client that breaks its chunked body and resets the connection")
struct BrokenChunkResetTests {
    /// Sends the beginning of a request and a chunk that is none, and resets the connection at once: some of the resets
    /// meet the response on its way.
    private static func strike(_ client: RawClient, _ request: String, _ fields: String = "") throws {
        let head = "\(request) HTTP/1.1\r\nhost: \(client.host)\r\ntransfer-encoding: chunked\r\n\(fields)\r\n"
        do {
            try client.send(head + "2\r\n{}\r\n")
            try client.send("ZZ\r\n")
        } catch let fault as SocketFault where fault.isReset {
            // The gateway was faster.
        }
        client.socket.reset()
    }

    @Test("keeps no event loop busy, on either port")
    func everyLoop() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, members: TestGateway.openAdmin) { gateway in
            for _ in 0..<300 {
                try Self.strike(try gateway.client(), "POST /auth/login")
                try Self.strike(try gateway.operators(), "GET /counters")
            }
            // Connections go to the workers in turn: all of them answer.
            for _ in 0..<16 {
                #expect(try gateway.client().get("/livez").status == 200)
                #expect(try gateway.client().get("/a").status == 200)
                #expect(try gateway.operators().get("/livez").status == 200)
            }
        }
    }
}
