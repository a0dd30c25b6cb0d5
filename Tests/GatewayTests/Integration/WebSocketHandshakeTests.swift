import JSON
import Testing

@Suite("A WebSocket's handshake is guarded as a request is")
struct WebSocketHandshakeTests {
    static let guarded = #"{"path":"/ws","service":"s","upgrade":{"protocols":["websocket"]}}"#
    static let open = #"{"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["websocket"]}}"#

    @Test("with a good token it reaches the service with the user's identity, and the log tells of it once it is over")
    func good() async throws {
        let service = try EchoingWebSocket.start()
        let log = try await TestGateway.run(service: service, routes: [Self.guarded]) { gateway in
            let client = try gateway.client()
            let fields = ["Sec-WebSocket-Protocol: chat", "X-User-Id: somebody"]
            let response = try client.openWebSocket(token: try gateway.token(user: "u_1"), fields: fields)
            #expect(response.status == 101)
            #expect(response["upgrade"] == "websocket" && response["connection"] == "upgrade")
            #expect(response["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(response["x-request-id"] != nil)
            let request = try #require(service.requests.first)
            #expect(request["upgrade"] == "websocket" && request["connection"] == "upgrade")
            #expect(request["sec-websocket-key"] != nil && request["sec-websocket-protocol"] == "chat")
            #expect(request["x-user-id"] == "u_1" && request["authorization"] == nil)
            for text in ["one", "", "three"] { #expect(try client.ask(text) == text) }
            try client.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xE8]))
            #expect(try client.readFrame().closing == "1000 ")
            #expect(try client.reader.readToEnd().isEmpty)
            client.close()
            try await gateway.wait(for: "open", target: 0) { $0 == 0 }
        }
        let entry = try #require(try log.entries().first)
        #expect(log.count == 1)
        #expect(entry["status"]?.integer == 101 && entry["serviceStatus"]?.integer == 101)
        #expect(entry["userId"]?.string == "u_1" && entry["route"]?.string == "/ws")
        #expect(entry["bytesIn"]?.integer == 3 * 6 + 8 + 8 && entry["bytesOut"]?.integer == 3 * 2 + 8 + 4)
        #expect(entry["close"]?.string == "the client closed")
        #expect(entry["reused"] == nil && entry["truncated"] == nil)
    }

    @Test("without a token, or with one that does not hold, nothing reaches the service")
    func refused() async throws {
        let service = try EchoingWebSocket.start()
        try await TestGateway.run(service: service, routes: [Self.guarded]) { gateway in
            let client = try gateway.client()
            #expect(try client.openWebSocket().outcome == "401 20001 AUTH_REQUIRED")
            let old = try gateway.token(lifetime: -1)
            #expect(try client.openWebSocket(token: old).outcome == "401 20003 AUTH_EXPIRED")
            #expect(try client.openWebSocket(token: "a.b.c").outcome == "401 20002 AUTH_INVALID")
            #expect(try client.openWebSocket("/elsewhere").outcome == "404 24404 ROUTE_NOT_FOUND")
            #expect(service.heads == 0)
        }
    }

    @Test("rates count it, rules write its fields and answer, and paths are rewritten")
    func rules() async throws {
        let service = try EchoingWebSocket.start()
        let route = """
            {"path":"/ws/**","service":"s","auth":"none","upgrade":{"protocols":["websocket"]},
             "rateLimit":{"by":"address","rate":"1/h"},"rewrite":{"stripPrefix":"/ws"},
             "requestHeaders":{"set":{"x-a":"${request.id}"}},
             "responseHeaders":{"set":{"x-b":"b"},"remove":["sec-websocket-accept"]}}
            """
        try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            let response = try client.openWebSocket("/ws/a?b=c")
            #expect(response.status == 101 && response["x-b"] == "b" && response["sec-websocket-accept"] == nil)
            #expect(response["ratelimit"] != nil)
            let request = try #require(service.requests.first)
            #expect(request.target == "/a?b=c" && request["x-a"] == response["x-request-id"])
            #expect(try client.ask("hello") == "hello")
            #expect(try gateway.client().openWebSocket("/ws/a").outcome == "429 24429 RATE_LIMITED")
            #expect(service.heads == 1)
        }
    }

    @Test("a code logs in in place, and the 101 brings the token")
    func inPlace() async throws {
        try await LoginBench.run(routes: [Self.guarded]) { bench in
            let client = try bench.gateway.client()
            let response = try client.openWebSocket(fields: ["x-wx-code: \(try bench.code())"])
            #expect(response.status == 101)
            let token = try #require(response["x-auth-token"])
            #expect(response["cache-control"] == "private, no-store")
            #expect(try bench.gateway.client().get("/auth/session", token: token).status == 200)
            let (heads, _) = bench.seenByService()
            #expect(heads.first?["x-wx-code"] == nil && heads.first?["x-user-id"] != nil)
        }
    }

    @Test("a service that answers otherwise gives an ordinary answer, and the connection goes on")
    func otherAnswers() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                switch request.target {
                case "/426":
                    try peer.send("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno")
                case "/hints":
                    try peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ServicePeer.switching)
                    _ = try peer.readToEnd()
                    return
                default: try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
                }
            }
        }
        let log = try await TestGateway.run(service: service, routes: [Self.open]) { gateway in
            let client = try gateway.client()
            #expect(try client.openWebSocket("/200").text == "hi")
            let failure = try client.openWebSocket("/426")
            #expect(failure.outcome == "426 30000 UPSTREAM_STATUS")
            // What it asks for is said anew, of this connection.
            #expect(failure["upgrade"] == "websocket")
            #expect(try client.get("/plain").text == "hi")
            #expect(service.requests.last?["upgrade"] == nil && service.requests.last?["connection"] == nil)
            #expect(try client.openWebSocket("/hints").status == 103)
            #expect(try client.readOne().status == 101)
        }
        #expect(try log.entries().map { $0["status"]?.integer } == [200, 426, 200, 101])
    }

    private static let refusals = [
        "Upgrade: h2c\r\nConnection: Upgrade", "Upgrade: websocket, h2c\r\nConnection: Upgrade",
        "Upgrade: websocket", "Connection: Upgrade", "Upgrade: chat\r\nConnection: Upgrade",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 7",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nTransfer-Encoding: chunked",
    ]

    @Test("a 101 to anything but what was offered is a broken answer", arguments: refusals)
    func wrongSwitch(fields: String) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send("HTTP/1.1 101 Switching Protocols\r\n\(fields)\r\n\r\nSECRET ")
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service, routes: [Self.open]) { gateway in
            let client = try gateway.client()
            #expect(try client.openWebSocket().outcome == "502 30000 UPSTREAM_PROTOCOL")
            try service.waitForEnds(1)
            #expect(try client.livesOn())
        }
    }

    @Test(
        "a 101 that nobody asked for is one on such a route too",
        arguments: [
            [], ["Connection: Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
            ["Connection: Upgrade", "Upgrade: TLS/1.0"], ["Upgrade: websocket"],
            ["Connection: Upgrade", "Upgrade: websocket", "Content-Length: 0"],
        ]
    )
    func unasked(fields: [String]) async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.acceptWebSocket() != nil else { return }
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service, routes: [Self.open]) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/", fields: fields).outcome == "502 30000 UPSTREAM_PROTOCOL")
            let request = try #require(service.requests.first)
            #expect(request["upgrade"] == nil && request["connection"] == nil && request["http2-settings"] == nil)
        }
    }

    @Test("what a client sends behind its handshake waits for the 101, and is a request of its own without one")
    func pipelined() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                guard request.target == "/ws" else {
                    try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
                    continue
                }
                try peer.send(ServicePeer.switching)
                try peer.send(try peer.readFrame())
                _ = try peer.readToEnd()
                return
            }
        }
        try await TestGateway.run(service: service, routes: [Self.open]) { gateway in
            let handshake = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            let client = try gateway.client()
            try client.send(handshake + "GET /second HTTP/1.1\r\nHost: h\r\nX-User-Id: forged\r\n\r\n")
            for _ in 0..<2 { #expect(try client.read().text == "no") }
            let second = try #require(service.requests.last)
            #expect(second.target == "/second" && second["x-user-id"] == nil && second["via"] == TestGateway.via)
            #expect(service.requests.count == 2)
            // With a 101 they are the tunnel's first bytes.
            var frame = WebSocketFrame.text("early")
            frame.mask = RawClient.mask
            let other = try gateway.client()
            try other.send(Array(handshake.replacing("/x", with: "/ws").utf8) + frame.bytes)
            #expect(try other.readOne().status == 101)
            #expect(try other.readFrame().string == "early")
        }
    }
}
