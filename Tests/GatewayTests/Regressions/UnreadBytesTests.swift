import Testing

/// Bytes that wait on an idle connection were once found only if the loop read them before the next request went out.
@Suite("Bytes that nobody asked for")
struct UnreadBytesTests {
    @Test("never become the answer to the next request")
    func next() async throws {
        let strays = Watched(0)
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(ok(request.target))
                try peer.send(ok("somebody else's"))
                strays.withLock { $0 += 1 }
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for round in 1...20 {
                #expect(try client.get("/\(round)").text == "/\(round)")
                try strays.wait(for: "stray \(round)") { $0 >= round }
            }
            #expect(service.connections == 20)
        }
    }
}
