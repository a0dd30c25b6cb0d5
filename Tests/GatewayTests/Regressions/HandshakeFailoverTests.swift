import Testing

/// A handshake that went on to a second target once took a connection that others had used before it.
@Suite("A handshake whose first target refuses to connect")
struct HandshakeFailoverTests {
    @Test("goes to the second over a new connection, with an idle one at hand")
    func failover() async throws {
        let (holder, refusing) = try Socket.refusing()
        defer { holder.close() }
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                guard request.target == "/ws" else {
                    try peer.send(ok())
                    continue
                }
                try peer.send(ServicePeer.switching)
                _ = try peer.readToEnd()
                return
            }
        }
        defer { service.stop() }
        try await TestGateway.run(
            services: ["s": .ports([refusing, service.port])],
            routes: [WebSocketHandshakeTests.open],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            for _ in 0..<2 { #expect(try client.get("/plain").status == 200) }
            let before = await gateway.count("failures/connect", target: 0)
            let sockets = try (0..<2).map { _ in try gateway.client() }
            for socket in sockets { #expect(try socket.openWebSocket().status == 101) }
            #expect(await gateway.count("failures/connect", target: 0) > before)
            #expect(try client.get("/plain").status == 200)
            let used = service.requests.map { "\($0.target) \($0.connection)" }
            #expect(used == ["/plain 0", "/plain 0", "/ws 1", "/ws 2", "/plain 0"])
            for socket in sockets { socket.close() }
        }
    }
}
