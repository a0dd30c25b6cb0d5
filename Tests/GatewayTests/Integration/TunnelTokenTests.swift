import Gateway
import JSON
import Testing

@Suite("A WebSocket lives as long as its token, its session and its user's leave")
struct TunnelTokenTests {
    private static let guarded = WebSocketHandshakeTests.guarded
    private static let admin = TestGateway.guardedAdmin
    private static let oneWorker = ["workers": "1"]

    @Test("who logs out while the service thinks about the handshake gets Close behind the 101, and nothing else")
    func logoutMeanwhile() async throws {
        let gate = Gate()
        let service = try ThinkingWebSocket.start(gate)
        let log = try await LoginBench.run(service: service, routes: [Self.guarded], members: Self.oneWorker) { bench in
            let token = try bench.token()
            let client = try bench.gateway.client()
            try client.sendHandshake(token: token)
            try service.wait(for: "the handshake") { $0.requests.count == 1 }
            #expect(try bench.gateway.client().request("POST", "/auth/logout", token: token).status == 200)
            gate.open()
            #expect(try client.readOne().status == 101)
            #expect(try client.readFrame().closing == "1008 logged out")
            try client.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xF0]))
            #expect(try client.reader.readToEnd().isEmpty)
        }
        let entry = try #require(try log.entries().first { $0["status"]?.integer == 101 })
        #expect(entry["close"]?.string == "logged out")
    }

    @Test("one whose token expires while the service thinks gets Close too")
    func expiryMeanwhile() async throws {
        let gate = Gate()
        let service = try ThinkingWebSocket.start(gate)
        try await TestGateway.run(service: service, routes: [Self.guarded], members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            let token = try gateway.token(user: "u_1", lifetime: 3)
            try client.sendHandshake(token: token)
            try service.wait(for: "the handshake") { $0.requests.count == 1 }
            // The gateway's own word that the token has expired by its clock.
            let other = try gateway.client()
            try await waitUntil("the token to expire") { try other.get("/auth/session", token: token).code == 20003 }
            gate.open()
            #expect(try client.readOne().status == 101)
            // The frame that came with the 101 may pass before.
            var frame = try client.readFrame()
            if frame.opcode == WebSocketFrame.text { frame = try client.readFrame() }
            #expect(frame.closing == "1008 token expired")
        }
    }

    @Test(
        "an operator's word closes those it is about, on every worker, and no others",
        arguments: ["user blocked", "token revoked"]
    )
    func operators(word: String) async throws {
        let isBlock = word == "user blocked"
        let service = try EchoingWebSocket.start()
        let log = try await LoginBench.run(service: service, routes: [Self.guarded], members: Self.admin) { bench in
            let admin = try bench.gateway.operators()
            let token = try bench.token(openid: "o-1")
            let info = try bench.gateway.client().get("/auth/session", token: token)
            let user = try #require(info.data?["userInfo"]?["userId"]?.string)
            let clients = try (0..<8).map { _ in try bench.gateway.client() }
            let sibling = try bench.gateway.client()
            let other = try bench.gateway.client()
            for client in clients { #expect(try client.openWebSocket(token: token).status == 101) }
            #expect(try sibling.openWebSocket(token: try bench.token(openid: "o-1")).status == 101)
            #expect(try other.openWebSocket(token: try bench.token(openid: "o-2")).status == 101)
            let answer =
                isBlock
                ? try admin.request("PUT", "/users/\(user)/block", token: TestGateway.adminToken)
                : try admin.request(
                    "DELETE",
                    "/sessions/\(try bench.gateway.sessionID(of: token))",
                    token: TestGateway.adminToken
                )
            #expect(answer.outcome == "200 10000 -")
            for client in clients { #expect(try client.readFrame().closing == "1008 " + word) }
            if isBlock {
                #expect(try sibling.readFrame().closing == "1008 " + word)
            } else {
                #expect(try sibling.ask("still here") == "still here")
            }
            #expect(try other.ask("still here") == "still here")
        }
        let words = try log.entries().filter { $0["status"]?.integer == 101 }.map { $0["close"]?.string }
        #expect(words.filter { $0 == word }.count == (isBlock ? 9 : 8))
    }

    @Test("where the route keeps it, a logout that closes another leaves it open")
    func keep() async throws {
        let keeping = """
            {"path":"/keep","service":"s","upgrade":{"protocols":["websocket"],"whenTokenEnds":"keep"}}
            """
        let service = try EchoingWebSocket.start()
        let routes = [Self.guarded, keeping]
        try await LoginBench.run(service: service, routes: routes, members: Self.oneWorker) { bench in
            let token = try bench.token()
            let kept = try bench.gateway.client()
            let closed = try bench.gateway.client()
            #expect(try kept.openWebSocket("/keep", token: token).status == 101)
            #expect(try closed.openWebSocket(token: token).status == 101)
            #expect(try bench.gateway.client().request("POST", "/auth/logout", token: token).status == 200)
            #expect(try closed.readFrame().closing == "1008 logged out")
            #expect(try kept.ask("still here") == "still here")
            #expect(try bench.gateway.client().openWebSocket("/keep", token: token).code == 20005)
        }
    }

    @Test("a token that came with the 101 counts in place of the one that was sent")
    func renewed() async throws {
        let service = try EchoingWebSocket.start()
        let members = RenewalTests.always.merging(Self.oneWorker) { $1 }
        try await LoginBench.run(service: service, routes: [Self.guarded], members: members) { bench in
            let login = try bench.token()
            try await bench.makeSuccessor(for: login) { try $0.openWebSocket(token: $1) }
            let client = try bench.gateway.client()
            let old = try bench.gateway.token(like: login, lifetime: 5)
            let response = try client.openWebSocket(token: old)
            #expect(response.status == 101 && response["x-auth-token"] != nil)
            // The store knows nothing of this one's session, so that there is no successor. It ends after the other token.
            let witness = try bench.gateway.client()
            let plain = try witness.openWebSocket(token: try bench.gateway.token(user: "u_2", lifetime: 6))
            #expect(plain.status == 101 && plain["x-auth-token"] == nil)
            #expect(try witness.readFrame().closing == "1008 token expired")
            #expect(try bench.gateway.client().get("/auth/session", token: old).code == 20003)
            #expect(try client.ask("still here") == "still here")
        }
    }
}
