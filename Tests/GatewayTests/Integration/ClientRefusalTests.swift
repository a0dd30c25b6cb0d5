import Testing

@Suite("Refusing a client that still sends")
struct ClientRefusalTests {
    /// Sends a start and then goes on sending until the connection ends, while the answer is read.
    private static func refused(
        _ gateway: TestGateway,
        _ start: String,
        rest: [UInt8] = [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024),
        sendsToTheEnd: Bool = false
    ) throws -> RawResponse {
        let client = try gateway.client()
        try client.send(start)
        let socket = client.socket
        let sending = try BlockingThread {
            while (try? socket.send(rest)) != nil {}
        }
        let response = try client.read()
        #expect(response["connection"] == "close")
        #expect(try client.isClosed())
        if sendsToTheEnd {
            // The gateway does not read on for ever: two seconds, and some for a busy machine.
            let begun = TestClock.milliseconds()
            sending.join()
            #expect(TestClock.milliseconds() - begun < longestWait)
        } else {
            socket.shutDown()
            sending.join()
        }
        return response
    }

    private static let routes = [
        #"{"path":"/open","service":"s","auth":"none","bodyLimit":"1MiB"}"#,
        #"{"path":"/token","service":"s","bodyLimit":"1GiB"}"#,
    ]

    @Test("the client reads the whole answer, whatever it goes on sending")
    func answers() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            for (start, outcome) in [
                ("POST /open HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n", "413 24413 BODY_TOO_LARGE"),
                ("POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n", "401 20001 AUTH_REQUIRED"),
                ("POST /token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", "401 20001 AUTH_REQUIRED"),
                ("POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n", "404 24404 ROUTE_NOT_FOUND"),
                ("POST /auth/login HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n", "413 24413 BODY_TOO_LARGE"),
                ("GET / HTTP/1.1\r\nHost: h\r\nbroken\r\n\r\n", "400 24400 BAD_REQUEST"),
            ] {
                let response = try Self.refused(gateway, start)
                #expect(response.outcome == outcome, "\(start)")
            }
            #expect(service.heads == 0)
        }
    }

    @Test("in the middle of a body as well")
    func midBody() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let head = "POST /open HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk =
                Array("10000\r\n".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 65536) + Array("\r\n".utf8)
            let tooMuch = try Self.refused(gateway, head, rest: chunk, sendsToTheEnd: true)
            #expect(tooMuch.outcome == "413 24413 BODY_TOO_LARGE")
            let broken = try Self.refused(gateway, head + "5\r\nhello\r\nZZ\r\n")
            #expect(broken.outcome == "400 24400 BAD_REQUEST")
            let login = "POST /auth/login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            let longLogin = try Self.refused(gateway, login, rest: chunk)
            #expect(longLogin.outcome == "413 24413 BODY_TOO_LARGE")
            #expect(service.requests.isEmpty)
        }
    }

    @Test("a short body of a known length does not cost the connection")
    func shortBody() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let body = String(repeating: "x", count: 60_000)
            for _ in 1...3 {
                let response = try client.request("POST", "/token", body: body)
                #expect(response.outcome == "401 20001 AUTH_REQUIRED")
                #expect(response["connection"] == nil)
            }
            #expect(try client.request("POST", "/open", body: "hi").text == "POST /open hi")
        }
    }

    // MARK: - Expectations

    @Test("100-continue is answered where the body is wanted, and not passed on")
    func continues() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            for framing in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
                try client.send("POST /open HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\(framing)\r\n\r\n")
                let interim = try client.readOne()
                #expect(interim.status == 100)
                #expect(interim.fields.lines.isEmpty)
                try client.send(framing.hasPrefix("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")
                let response = try client.read()
                #expect(response.text == "POST /open hello")
                #expect(response.informational.isEmpty)
            }
            try client.send("POST /auth/login HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try client.readOne().status == 100)
            try client.send("{}")
            #expect(try client.read().outcome == "400 24400 BAD_REQUEST")
            #expect(try client.livesOn())
            #expect(service.requests.count == 2)
            #expect(service.requests.allSatisfy { $0["expect"] == nil })
        }
    }

    @Test("100-continue is not answered where the body is not wanted, or where nobody waits for it")
    func doesNotContinue() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            for (target, length, outcome) in [
                ("/token", 5, "401 20001 AUTH_REQUIRED"), ("/open", 2_000_000, "413 24413 BODY_TOO_LARGE"),
                ("/nowhere", 5, "404 24404 ROUTE_NOT_FOUND"), ("/auth/login", 70_000, "413 24413 BODY_TOO_LARGE"),
            ] {
                let client = try gateway.client()
                try client.send(
                    "POST \(target) HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
                )
                let response = try client.read()
                #expect(response.outcome == outcome)
                #expect(response.informational.isEmpty)
                // Whether the body follows is not known, so that the connection cannot be used again.
                #expect(response["connection"] == "close")
                #expect(try client.isClosed())
            }
            #expect(service.heads == 0)
            // HTTP/1.0 knows no expectations, and a request without a body none that would matter.
            let old = try gateway.client()
            try old.send("POST /open HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi")
            let answered = try old.read()
            #expect(answered.text == "POST /open hi")
            #expect(answered.informational.isEmpty)
            let empty = try gateway.client().get("/open", fields: ["expect: 100-continue"])
            #expect(empty.status == 200)
            #expect(empty.informational.isEmpty)
        }
    }

    @Test("any other expectation is refused")
    func otherExpectation() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            for expectation in ["200-ok", "100-continue, x", "x", "100-continue;q=1"] {
                let fields = ["expect: \(expectation)"]
                let response = try gateway.client().request("POST", "/open", fields: fields, body: "hi")
                #expect(response.outcome == "417 24417 EXPECTATION_FAILED", "\(expectation)")
            }
            #expect(service.heads == 0)
        }
    }
}
