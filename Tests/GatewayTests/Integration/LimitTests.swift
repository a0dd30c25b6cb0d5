import Testing

@Suite("What protects a service from too many requests")
struct LimitTests {
    @Test("the breaker opens where most requests fail, refuses at once, and closes again")
    func breaker() async throws {
        let isWell = Watched(false)
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                try peer.send(isWell.withLock { $0 } ? ok() : answer("503 No", "{}"))
            }
        }
        try await TestGateway.run(
            service: service,
            serviceMembers: ["breaker": #"{"requests":5,"time":"1s","probes":2}"#]
        ) { gateway in
            // Several connections, so that several workers count together.
            for _ in 0..<5 { try gateway.client().get("/").expectFailure("UPSTREAM_STATUS", status: 503) }
            let client = try gateway.client()
            let refused = try client.get("/")
            refused.expectFailure("UPSTREAM_UNAVAILABLE", status: 503)
            #expect(refused["retry-after"] == "1")
            #expect(service.requests.count == 5)
            isWell.withLock { $0 = true }
            let end = TestClock.milliseconds() + longestWait
            while try client.get("/").status != 200 { try #require(TestClock.milliseconds() < end) }
            for _ in 0..<10 {
                let other = try gateway.client()
                #expect(try other.get("/").status == 200)
            }
            #expect(await gateway.count("refused/breaker") > 0)
        }
    }

    @Test("no more connections than allowed, over all workers; who waits gets one in the end")
    func connections() async throws {
        let inside = Watched((now: 0, most: 0))
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                inside.withLock { inside in
                    inside.now += 1
                    inside.most = max(inside.most, inside.now)
                }
                try gate.wait()
                inside.withLock { $0.now -= 1 }
                try peer.send(ok("done"))
            }
        }
        try await TestGateway.run(
            service: service,
            serviceMembers: ["connections": "3", "waiting": "100", "timeouts": #"{"connect":"10s","keepAlive":"60s"}"#]
        ) { gateway in
            let failures = Watched<[String]>([])
            let clients = try (0..<16).map { _ in
                try BlockingThread {
                    do {
                        let client = try gateway.client()
                        for _ in 0..<20 {
                            let response = try client.get("/")
                            if response.text != "done" { failures.withLock { $0.append(response.outcome) } }
                        }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
            // Until the gate opens, three requests are with the service and all others wait in line.
            try inside.wait(for: "three requests at a time") { $0.now == 3 }
            try await gateway.wait(for: "waiting") { $0 == 13 }
            #expect(await gateway.count("connections.open", target: 0) == 3)
            #expect(service.requests.count == 3)
            gate.open()
            for client in clients { client.join() }
            #expect(failures.withLock { $0 } == [])
            #expect(service.requests.count == 320)
            #expect(inside.withLock { $0.most } == 3)
            #expect(await gateway.count("connections.open", target: 0) <= 3)
            #expect(await gateway.count("waiting") == 0)
        }
    }

    /// Runs the body while a request holds the one connection that the service may have, until the gate opens.
    private static func runWithOneBusy(
        connect: String,
        _ body: @escaping @Sendable (TestGateway, _ first: RawClient, ScriptedService, Gate) async throws -> Void
    ) async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                try gate.wait()
                try peer.send(ok("done"))
            }
        }
        let timeouts = #"{"connect":"\#(connect)","keepAlive":"60s"}"#
        try await TestGateway.run(
            service: service,
            serviceMembers: ["connections": "1", "waiting": "1", "timeouts": timeouts]
        ) { gateway in
            let first = try gateway.client()
            try first.sendRequest("GET", "/1")
            try service.wait(for: "the first request") { $0.requests.count == 1 }
            try await body(gateway, first, service, gate)
        }
    }

    @Test("who finds the line full is told at once; who leaves makes room")
    func fullLine() async throws {
        try await Self.runWithOneBusy(connect: "60s") { gateway, first, service, gate in
            let second = try gateway.client()
            try second.sendRequest("GET", "/2")
            try await gateway.wait(for: "waiting") { $0 == 1 }
            let third = try gateway.client().get("/3")
            third.expectFailure("UPSTREAM_UNAVAILABLE", status: 503)
            #expect(third["retry-after"] == "1")
            second.socket.reset()
            try await gateway.wait(for: "waiting") { $0 == 0 }
            let fourth = try gateway.client()
            try fourth.sendRequest("GET", "/4")
            try await gateway.wait(for: "waiting") { $0 == 1 }
            gate.open()
            #expect(try first.read().text == "done")
            #expect(try fourth.read().text == "done")
            #expect(service.requests.map(\.target) == ["/1", "/4"])
            #expect(await gateway.count("refused/limit") == 1)
        }
    }

    @Test("who waits in line longer than for a connection is told so, and makes room")
    func waitingInVain() async throws {
        try await Self.runWithOneBusy(connect: "2s") { gateway, first, service, gate in
            try gateway.client().get("/2").expectFailure("UPSTREAM_UNAVAILABLE", status: 503)
            gate.open()
            #expect(try first.read().text == "done")
            // On the worker that has the connection.
            #expect(try first.get("/3").text == "done")
            #expect(service.requests.map(\.target) == ["/1", "/3"])
            #expect(await gateway.count("refused/limit") == 1)
        }
    }

    @Test("the whole request has its time, whatever moves, where that is asked for")
    func wholeRequest() async throws {
        let service = try ScriptedService.start { peer in
            guard let request = try peer.readRequest() else { return }
            if request.target == "/slow" { _ = try peer.readToEnd() }
            try peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while true { try peer.send("1\r\na\r\n") }
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"request":"300ms"}"#]) { gateway in
            try gateway.client().get("/slow").expectFailure("UPSTREAM_TIMEOUT", status: 504)
            let client = try gateway.client()
            try client.sendRequest("GET", "/moving")
            #expect(try client.readCut() != nil)
        }
    }

    @Test("a route's time-out comes before its service's")
    func routeTimeouts() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            _ = try peer.readToEnd()
        }
        let routes = [#"{"path":"/**","service":"s","auth":"none","timeouts":{"firstByte":"150ms"}}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let begin = TestClock.milliseconds()
            try gateway.client().get("/x").expectFailure("UPSTREAM_TIMEOUT", status: 504)
            #expect(TestClock.milliseconds() - begin < 5000)
        }
    }
}
