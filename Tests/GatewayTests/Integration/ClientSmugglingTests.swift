import Testing

/// Requests that gateway and service might read differently, each with a second request behind it.
@Suite("Smuggling attempts")
struct ClientSmugglingTests {
    private static let second = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

    private static func post(_ lines: String, body: String = "0\r\n\r\n", version: String = "1.1") -> String {
        "POST /a HTTP/\(version)\r\nHost: h\r\n\(lines)\r\n\r\n\(body)\(second)"
    }

    private static func get(_ lines: String, target: String = "/a", host: String = "Host: h\r\n") -> String {
        "GET \(target) HTTP/1.1\r\n\(host)\(lines)\r\n\(second)"
    }

    private static let framing: [String] = [
        post("Content-Length: 5\r\nTransfer-Encoding: chunked"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 5"),
        post("Content-Length: 5\r\nContent-Length: 6"),
        post("Content-Length: 5\r\nContent-Length: 5"),
        post("Content-Length: 5, 5"),
        post("Content-Length: 5,5"),
        post("Content-Length: +5"),
        post("Content-Length: -5"),
        post("Content-Length: 0x5"),
        post("Content-Length: 5 5"),
        post("Content-Length:"),
        post("Content-Length: 5;x"),
        post("Content-Length: 9007199254740993"),
        post("Content-Length: 99999999999999999999999"),
        post("Transfer-Encoding: gzip"),
        post("Transfer-Encoding: gzip, chunked"),
        post("Transfer-Encoding: chunked, chunked"),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        post("Transfer-Encoding: chunked, identity"),
        post("Transfer-Encoding: identity"),
        post("Transfer-Encoding: xchunked"),
        post("Transfer-Encoding: chunked;x=y"),
        post("Transfer-Encoding: \"chunked\""),
        post("Transfer-Encoding:"),
        post("Transfer-Encoding: \u{B}chunked"),
        post("Transfer-Encoding: chunked", version: "1.0"),
        post("Transfer-Encoding : chunked"),
        post("Transfer-Encoding\t: chunked"),
        post("Transfer-Encoding:\r\n chunked"),
        post("X: y\r\n Transfer-Encoding: chunked"),
        post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked"),
        post("Connection: close, Content-Length\r\nContent-Length: 5"),
    ]

    private static let lines: [String] = [
        get("X: a\nY: b\r\n"),
        get("X: a\rY: b\r\n"),
        get("X: a\r\r\n"),
        get("X: a\u{0}b\r\n"),
        get("X: a\u{1}b\r\n"),
        get("X: a\u{7F}b\r\n"),
        get(" X: a\r\n"),
        get("X\r\n"),
        get(": a\r\n"),
        get("X Y: a\r\n"),
        get("X(: a\r\n"),
        get("\u{0}X: a\r\n"),
        get("Host: h\r\n"),
        get("Host: i\r\n"),
        get("", host: ""),
        get("", host: "Host: h/x\r\n"),
        get("", host: "Host: u@h\r\n"),
        get("", host: "Host: h, i\r\n"),
        get("", host: "Host: h:80x\r\n"),
        get("", target: "http://i/a"),
        get("", target: "http://h:81/a"),
        get("", target: "http://u@h/a"),
        get("", target: "/a#b"),
        get("", target: "/a\\b"),
        get("", target: "/a\u{1}b"),
        get("", target: "/a b"),
        get("Connection: host\r\n"),
        get("Connection: authorization\r\n"),
        "G(T /a HTTP/1.1\r\nHost: h\r\n\r\n" + second,
        "GET /a HTTP/1.1\nHost: h\r\n\r\n" + second,
        "GET /a HTTP/1.1\rHost: h\r\n\r\n" + second,
        "GET /a\r\nHost: h\r\n\r\n" + second,
        "GET  /a HTTP/1.1\r\nHost: h\r\n\r\n" + second,
        "GET /a HTTP/1.1 \r\nHost: h\r\n\r\n" + second,
        "GET /a HTTP/1.1x\r\nHost: h\r\n\r\n" + second,
        "\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n" + second,
    ]

    @Test("are answered 400, end the connection, and reach no service")
    func heads() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service) { gateway in
            for attempt in Self.framing + Self.lines {
                let client = try gateway.client()
                try client.send(attempt)
                let response = try client.read()
                #expect(response.outcome == "400 24400 BAD_REQUEST", "\(attempt.debugDescription)")
                #expect(response["connection"] == "close", "\(attempt.debugDescription)")
                #expect(try client.isClosed(), "\(attempt.debugDescription)")
            }
            #expect(service.connections == 0)
            #expect(try gateway.client().get("/after").text == "GET /after ")
        }
        #expect(log.count == Self.framing.count + Self.lines.count + 1)
        #expect(!log.contains { $0.contains("smuggled") })
    }

    private static let bodies: [String] = [
        "Z\r\n", "+1\r\na\r\n", "-1\r\na\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "\r\n", "1\na\r\n",
        "1\r\nab\r\n", "1\r\na\n", "1\r\na\rb", "FFFFFFFFFFFFFFFFF\r\n", "20000000000001\r\n", "1;a\u{0}\r\n",
        "1;a\nb\r\na\r\n", "1;\(String(repeating: "x", count: 300))\r\n", "0\r\nX : y\r\n\r\n", "0\r\n X: y\r\n\r\n",
        "0\r\nX\r\n\r\n", "0\r\n\nGET",
    ]

    @Test("in a chunked body are answered 400, end both connections, and are no whole request for the service")
    func chunks() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service) { gateway in
            for body in Self.bodies {
                let client = try gateway.client()
                try client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
                try client.send(body + Self.second)
                let response = try client.read()
                #expect(response.outcome == "400 24400 BAD_REQUEST", "\(body.debugDescription)")
                #expect(response["connection"] == "close", "\(body.debugDescription)")
                #expect(try client.isClosed(), "\(body.debugDescription)")
            }
            #expect(service.requests.isEmpty)
            try service.waitForEnds(service.connections)
        }
    }

    private static let paths = [
        "/a/../b", "/a/..", "/../a", "/a/./b", "/.", "/a/%2e%2e/b", "/a/%2E./b", "/a/.%2e", "/a/%2e/b", "/a%2Fb",
        "/a%2fb", "/a%5Cb", "/a%5cb", "/a%00b", "/a%", "/a%4", "/a%zz", "/a/..;/b", "/a/..;x=y/b", "/a/.;/b", "/a//b",
        "//a", "/a/%2e%2e%2fb",
    ]

    @Test("in a path are answered 400 and reach no service")
    func inPaths() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service) { gateway in
            for path in Self.paths {
                let response = try gateway.client().get(path)
                #expect(response.outcome == "400 24400 BAD_REQUEST", "\(path)")
            }
            #expect(service.connections == 0)
        }
    }
}
