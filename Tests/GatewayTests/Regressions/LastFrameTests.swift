import Testing

/// The rest of a frame was once written to the client and never sent where the service's Close came in the same read.
@Suite("The end of a frame, together with the service's Close, as the last that a tunnel waits for")
struct LastFrameTests {
    private static let hello = WebSocketFrame.text("hello")
    private static let goodbye = WebSocketFrame(WebSocketFrame.close, [0x03, 0xE8] + Array("bye".utf8))
    private static let loggedOut = WebSocketFrame(WebSocketFrame.close, [0x03, 0xF0] + Array("logged out".utf8))

    @Test("reaches the client", arguments: [[hello, goodbye], [goodbye]])
    func together(frames: [WebSocketFrame]) async throws {
        let gate = Gate()
        let bytes = frames.flatMap(\.bytes)
        let service = try ScriptedService.start { peer in
            guard try peer.acceptWebSocket() != nil else { return }
            #expect(try peer.readFrame().opcode == WebSocketFrame.close)
            try peer.send(Array(bytes.prefix(3)))
            try gate.wait()
            try peer.send(Array(bytes.dropFirst(3)))
            _ = try peer.readToEnd()
        }
        let routes = [WebSocketHandshakeTests.guarded]
        try await LoginBench.run(service: service, routes: routes, members: ["workers": "1"]) { bench in
            let token = try bench.token()
            let client = try bench.gateway.client()
            #expect(try client.openWebSocket(token: token).status == 101)
            try client.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xE8]))
            let begun = try client.reader.readExactly(3)
            #expect(try bench.gateway.client().request("POST", "/auth/logout", token: token).status == 200)
            gate.open()
            // The gateway's own Close stands for one that had not begun.
            let whole = frames.count == 1 ? Self.goodbye.bytes : Self.hello.bytes + Self.loggedOut.bytes
            #expect(try begun + client.reader.readToEnd() == whole)
        }
        service.expectNoFaults()
    }
}
