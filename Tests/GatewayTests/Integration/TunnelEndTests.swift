import Gateway
import Glibc
import JSON
import Testing

@Suite("How tunnels end")
struct TunnelEndTests {
    private static func route(_ members: String = "", auth: String = "required") -> String {
        #"{"path":"/ws","service":"s","auth":"\#(auth)","upgrade":{"protocols":["websocket","lines"]\#(members)}}"#
    }

    @Test("when the token expires, Close 1008 comes between two frames of a stream, and to the service too")
    func expiryUnderLoad() async throws {
        let farewell = Watched<WebSocketFrame?>(nil)
        let service = try ScriptedService.start { peer in
            guard try peer.acceptWebSocket() != nil else { return }
            let socket = peer.socket
            let sending = try BlockingThread {
                var count = 0
                while farewell.withLock({ $0 == nil }) {
                    let size = (count &* 7919) % 20_000
                    let payload = [UInt8](repeating: UInt8(count % 251), count: size)
                    guard (try? socket.send(WebSocketFrame(count % 3 == 0 ? 1 : 0, payload).bytes)) != nil else {
                        return
                    }
                    count += 1
                }
                try? socket.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xF0]).bytes)
            }
            defer { sending.join() }
            while true {
                let frame = try peer.readFrame()
                guard frame.opcode == WebSocketFrame.close else { continue }
                return farewell.withLock { $0 = frame }
            }
        }
        let log = try await TestGateway.run(service: service, routes: [Self.route()]) { gateway in
            let client = try gateway.client()
            let begun = TestClock.wallSeconds()
            #expect(try client.openWebSocket("/ws", token: try gateway.token(user: "u_1", lifetime: 2)).status == 101)
            var count = 0
            var last = try client.readFrame()
            while last.opcode != WebSocketFrame.close {
                // As a whole: byte by byte a sanitizer is slower than the time that the gateway gives for the farewell.
                #expect(last.payload == [UInt8](repeating: UInt8(count % 251), count: (count &* 7919) % 20_000))
                if count % 5 == 0 { try client.say("more") }
                count += 1
                last = try client.readFrame()
            }
            #expect(last.closing == "1008 token expired" && last.mask == nil)
            #expect(count > 10 && TestClock.wallSeconds() - begun >= 1)
            try client.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xF0]))
            #expect(try client.reader.readToEnd().isEmpty)
            client.close()
            try service.waitForEnds(1)
            let told = try #require(farewell.withLock { $0 })
            #expect(told.closing == "1008 token expired" && told.mask != nil)
            try await gateway.wait(for: "open", target: 0) { $0 == 0 }
        }
        let entry = try #require(try log.entries().first)
        #expect(entry["status"]?.integer == 101 && entry["close"]?.string == "token expired")
    }

    @Test("a route may keep it open for as long as both sides want")
    func keep() async throws {
        let service = try EchoingWebSocket.start()
        let closing = #"{"path":"/closing","service":"s","upgrade":{"protocols":["websocket"]}}"#
        let routes = [Self.route(#","whenTokenEnds":"keep""#), closing]
        try await TestGateway.run(service: service, routes: routes, members: ["workers": "1"]) { gateway in
            let client = try gateway.client()
            let token = try gateway.token(user: "u_1", lifetime: 3)
            #expect(try client.openWebSocket("/ws", token: token).status == 101)
            // The token of this one ends a second later at least.
            let witness = try gateway.client()
            let later = try gateway.token(user: "u_2", lifetime: 4)
            #expect(try witness.openWebSocket("/closing", token: later).status == 101)
            #expect(try client.ask("still here") == "still here")
            #expect(try witness.readFrame().closing == "1008 token expired")
            #expect(try client.ask("still here") == "still here")
            #expect(try gateway.client().openWebSocket("/ws", token: token).code == 20003)
        }
    }

    @Test("a logout closes the user's WebSockets on every worker, and nobody else's")
    func logout() async throws {
        let log = try await LoginBench.run(routes: [Self.route()]) { bench in
            let token = try bench.token(openid: "o-1")
            let clients = try (0..<8).map { _ in try bench.gateway.client() }
            let other = try bench.gateway.client()
            for client in clients { #expect(try client.openWebSocket("/ws", token: token).status == 101) }
            #expect(try other.openWebSocket("/ws", token: try bench.token(openid: "o-2")).status == 101)
            #expect(try bench.gateway.client().request("POST", "/auth/logout", token: token).status == 200)
            for client in clients { #expect(try client.readFrame().closing == "1008 logged out") }
            // This one is closed by its own end alone.
            other.closeOutput()
            #expect(try other.reader.readToEnd().isEmpty)
        }
        let words = try log.entries().filter { $0["status"]?.integer == 101 }.map { $0["close"]?.string }
        #expect(words.filter { $0 == "logged out" }.count == 8)
        #expect(words.filter { $0 == "the client closed" }.count == 1)
    }

    @Test("one on which nothing moves is closed, and one on which something does is not")
    func idle() async throws {
        let farewells = Watched<[WebSocketFrame]>([])
        let service = try EchoingWebSocket.start(farewells: farewells)
        let route = Self.route(#","idleTimeout":"2s""#, auth: "none")
        let log = try await TestGateway.run(service: service, routes: [route]) { gateway in
            let quiet = try gateway.client()
            #expect(try quiet.openWebSocket("/ws").status == 101)
            let lively = try gateway.client()
            #expect(try lively.openWebSocket("/ws").status == 101)
            let end = TestClock.milliseconds() + 6_000
            while TestClock.milliseconds() < end {
                #expect(try lively.ask("tick") == "tick")
                poll(nil, 0, 50)
            }
            #expect(try quiet.readFrame().closing == "1001 idle")
            #expect(try quiet.reader.readToEnd().isEmpty)
            #expect(farewells.withLock { $0.map(\.closing) } == ["1001 idle"])
            #expect(try lively.ask("tick") == "tick")
        }
        #expect(try log.entries().map { $0["close"]?.string }.contains("idle"))
    }

    @Test("other protocols than WebSocket are simply ended")
    func otherProtocol() async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: Lines\r\nConnection: Upgrade\r\n\r\n")
            try peer.send(try peer.readBody(5))
            #expect(try peer.readToEnd().isEmpty)
        }
        let route = Self.route(#","idleTimeout":"1s""#, auth: "none")
        let log = try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/ws", fields: ["Connection: Upgrade", "Upgrade: lines, h2c"])
            let response = try client.readOne()
            #expect(response.status == 101 && response["upgrade"] == "lines")
            #expect(service.requests.first?["upgrade"] == "lines")
            try client.send("\u{8}\u{1}abc")
            #expect(try client.reader.readExactly(5) == Array("\u{8}\u{1}abc".utf8))
            #expect(try client.reader.readToEnd().isEmpty)
            try service.waitForEnds(1)
        }
        #expect(service.seen.faults == [])
        #expect(try log.entries().first?["close"]?.string == "idle")
    }

    @Test("a frame that nobody can follow ends it")
    func brokenFrame() async throws {
        let farewells = Watched<[WebSocketFrame]>([])
        let service = try EchoingWebSocket.start(farewells: farewells)
        let log = try await TestGateway.run(service: service, routes: [Self.route(auth: "none")]) { gateway in
            let client = try gateway.client()
            #expect(try client.openWebSocket("/ws").status == 101)
            #expect(try client.ask("a") == "a")
            try client.send([0x82, 0xFF, 0xFF] + Array(repeating: 0, count: 11))
            #expect(try client.readFrame().closing == "1002 broken frame")
            #expect(try client.reader.readToEnd().isEmpty)
            try service.waitForEnds(1)
        }
        #expect(farewells.withLock { $0.isEmpty })
        #expect(try log.entries().first?["close"]?.string == "broken frame")
    }

    @Test("where no border comes, both connections are cut")
    func noBorder() async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.acceptWebSocket() != nil else { return }
            // A frame that is never whole.
            try peer.send([0x82, 126, 0xFF, 0xFF, 1, 2, 3])
            _ = try peer.readToEnd()
        }
        let log = try await TestGateway.run(service: service, routes: [Self.route()]) { gateway in
            let client = try gateway.client()
            let begun = TestClock.milliseconds()
            #expect(try client.openWebSocket("/ws", token: try gateway.token(lifetime: 2)).status == 101)
            #expect(try client.reader.readExactly(7) == [0x82, 126, 0xFF, 0xFF, 1, 2, 3])
            var rest: [UInt8]?
            do { rest = try client.reader.readToEnd() } catch let fault as SocketFault where fault.isReset { rest = [] }
            #expect(rest == [])
            #expect(TestClock.milliseconds() - begun >= 4_000)
            try service.waitForEnds(1)
        }
        #expect(try log.entries().first?["close"]?.string == "token expired")
    }

    @Test("one that vanishes takes the other side along", arguments: [true, false])
    func vanishes(client: Bool) async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            guard try peer.acceptWebSocket() != nil else { return }
            try peer.send(.text("hello"))
            if client {
                _ = try peer.readToEnd()
            } else {
                try gate.wait()
                peer.reset()
            }
        }
        let log = try await TestGateway.run(service: service, routes: [Self.route(auth: "none")]) { gateway in
            let caller = try gateway.client()
            #expect(try caller.openWebSocket("/ws").status == 101)
            #expect(try caller.readFrame().string == "hello")
            if client {
                caller.socket.reset()
            } else {
                gate.open()
                #expect(try caller.isClosed())
            }
            try service.waitForEnds(1)
            try await gateway.wait(for: "open", target: 0) { $0 == 0 }
        }
        #expect(
            try log.entries().first?["close"]?.string
                == (client ? "the client disconnected" : "the service disconnected")
        )
    }

    @Test("a stop says Close 1001 to both sides, and is over once they have answered")
    func stop() async throws {
        let farewells = Watched<[WebSocketFrame]>([])
        let service = try EchoingWebSocket.start(farewells: farewells)
        let begun = TestClock.milliseconds()
        try await TestGateway.runToStop(service: service, routes: [Self.route(auth: "none")]) { gateway in
            let clients = try (0..<6).map { _ in try gateway.client() }
            for client in clients {
                #expect(try client.openWebSocket("/ws").status == 101)
                #expect(try client.ask("a") == "a")
            }
            let stopping = Task { try await gateway.gateway.stop() }
            for client in clients { try Self.expectGoingAway(client) }
            try await stopping.value
            let words = try gateway.logLines().entries().map { $0["close"]?.string }
            #expect(words == Array(repeating: "the gateway stopped", count: 6))
        }
        #expect(TestClock.milliseconds() - begun < 25_000)
        #expect(farewells.withLock { $0.compactMap(\.closing) } == Array(repeating: "1001 going away", count: 6))
    }

    @Test("a client whose service still thinks about the handshake at the stop gets Close behind the 101")
    func stopMeanwhile() async throws {
        let gate = Gate()
        let service = try ThinkingWebSocket.start(gate)
        // One worker: once it has ended one connection that was idle, it begins nothing on the others.
        let members = ["workers": "1"]
        let routes = [Self.route(auth: "none")]
        try await TestGateway.runToStop(service: service, routes: routes, members: members) { gateway in
            let idle = try gateway.client()
            #expect(try idle.get("/livez").status == 200)
            let client = try gateway.client()
            try client.sendHandshake()
            try service.wait(for: "the handshake") { $0.requests.count == 1 }
            let stopping = Task { try await gateway.gateway.stop() }
            #expect(try idle.isClosed())
            idle.close()
            gate.open()
            #expect(try client.readOne().status == 101)
            try Self.expectGoingAway(client)
            try await stopping.value
            #expect(try gateway.logLines().entries().map { $0["close"]?.string } == ["the gateway stopped"])
        }
    }

    private static func expectGoingAway(_ client: RawClient) throws {
        #expect(try client.readFrame().closing == "1001 going away")
        try client.send(WebSocketFrame(WebSocketFrame.close, [0x03, 0xE9]))
        #expect(try client.reader.readToEnd().isEmpty)
        client.close()
    }
}
