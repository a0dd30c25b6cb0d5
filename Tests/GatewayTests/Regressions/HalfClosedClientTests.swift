import JSON
import Testing

/// A client that ended its sending side behind its request was taken for one that had left, and got nothing.
@Suite("A client that ends its sending side behind a whole request gets its answer")
struct HalfClosedClientTests {
    /// Returns when the gateway has read the end of its only client that sends no more.
    private static func endSending(_ client: RawClient, _ gateway: TestGateway) throws {
        client.closeOutput()
        let hasHeard = try PortQueues.wait(port: gateway.port) {
            $0.accepted.halfClosed == 1 && $0.accepted.unread == 0
        }
        #expect(hasHeard)
    }

    @Test("while its service thinks, and the answer says that it is the last")
    func response() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try gate.wait()
            try peer.send(ok("late"))
            _ = try peer.readToEnd()
        }
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/a")
            try service.wait(for: "the request") { $0.requests.count == 1 }
            try Self.endSending(client, gateway)
            gate.open()
            let response = try client.read()
            #expect(response.text == "late" && response["connection"] == "close")
            #expect(try client.isClosed())
        }
        #expect(try log.entries().map { $0["status"]?.integer } == [200])
    }

    @Test("while its service has not read the body yet", arguments: ["content-length", "chunked"])
    func upload(framing: String) async throws {
        // More than the gateway passes on, less than the kernel takes for it.
        let size = 150_000
        let gate = Gate()
        let service = try ScriptedService.start(receiveBuffer: 4 << 10) { peer in
            try gate.wait()
            let request = try peer.readRequest()
            #expect(request?.body.count == size)
            try peer.send(ok("all"))
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let body = String(repeating: "x", count: size)
            if framing == "chunked" {
                let chunks = "\(String(size, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                try client.send("POST /a HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n" + chunks)
            } else {
                try client.sendRequest("POST", "/a", body: body)
            }
            try Self.endSending(client, gateway)
            gate.open()
            #expect(try client.read().text == "all")
            #expect(try client.isClosed())
        }
        service.expectNoFaults()
    }

    @Test("to each of several requests, in their order")
    func pipelined() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try gate.wait()
                try peer.send(ok(request.target))
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let targets = (1...4).map { "/\($0)" }
            try client.send(targets.map { "GET \($0) HTTP/1.1\r\nhost: h\r\n\r\n" }.joined())
            try Self.endSending(client, gateway)
            gate.open()
            for target in targets {
                let response = try client.read()
                #expect(response.text == target)
                #expect(response["connection"] == (target == targets.last ? "close" : nil))
            }
            #expect(try client.isClosed())
        }
    }

    @Test("whose first part it has already")
    func streaming() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
            try gate.wait()
            try peer.send("3\r\ntwo\r\n0\r\n\r\n")
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/a")
            #expect(try #require(try client.reader.readHead()).line.hasPrefix("HTTP/1.1 200"))
            try Self.endSending(client, gateway)
            gate.open()
            #expect(try client.reader.readChunked().body == Array("onetwo".utf8))
            #expect(try client.isClosed())
        }
    }

    @Test("to a change of protocol, and what the service says then")
    func tunnel() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try gate.wait()
            try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n")
            try peer.send(try peer.readToEnd() + Array(" and bye".utf8))
        }
        let route = #"{"path":"/**","service":"s","auth":"none","upgrade":{"protocols":["lines"]}}"#
        let log = try await TestGateway.run(service: service, routes: [route]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/", fields: ["Connection: Upgrade", "Upgrade: lines"])
            try client.send("hello")
            try Self.endSending(client, gateway)
            gate.open()
            #expect(try client.readOne().status == 101)
            #expect(try client.reader.readToEnd() == Array("hello and bye".utf8))
            try service.waitForEnds(1)
        }
        #expect(try log.entries().map { $0["close"]?.string } == ["the client closed"])
        service.expectNoFaults()
    }

    @Test("to a login, and to a request that logs in itself")
    func logins() async throws {
        try await LoginBench.run(routes: [#"{"path":"/**","service":"s"}"#]) { bench in
            for isInPlace in [false, true] {
                let code = try bench.code()
                try bench.fail(#"{"fault":"slow","delay":"300ms"}"#)
                let client = try bench.gateway.client()
                if isInPlace {
                    try client.sendRequest("POST", "/orders", fields: ["x-wx-code: \(code)"], body: "12 bottles")
                } else {
                    try client.sendRequest("POST", "/auth/login", body: #"{"code":"\#(code)"}"#)
                }
                client.closeOutput()
                let response = try client.read()
                #expect(response.status == 200)
                if isInPlace {
                    #expect(response.text == "POST /orders 12 bottles" && response["x-auth-token"] != nil)
                } else {
                    #expect(response.data?["token"]?.string != nil)
                }
                #expect(try client.isClosed())
            }
        }
    }

    @Test("on the operators' port as well; one that has asked for nothing in full is let go")
    func operators() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service, members: TestGateway.openAdmin) { gateway in
            let operators = try gateway.operators()
            try operators.sendRequest("GET", "/counters")
            operators.closeOutput()
            #expect(try operators.read().status == 200)
            #expect(try operators.isClosed())
            for part in ["", "GET /a HT", "POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nab"] {
                let client = try gateway.client()
                try client.send(part)
                client.closeOutput()
                #expect(try client.isClosed())
            }
        }
        #expect(Set(try log.entries().map { $0["status"]?.integer }) == [200, 499])
    }
}
