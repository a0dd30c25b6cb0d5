import Testing

/// A service whose answers say what it was asked.
enum EchoService {
    static func start() throws -> ScriptedService {
        try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let text = request.method == "HEAD" ? "" : "\(request.method) \(request.target) \(request.text)"
                let count = request.method == "HEAD" ? 5 : text.utf8.count
                try peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n\(text)")
            }
        }
    }
}

@Suite("HTTP/1.1 towards clients")
struct ClientProtocolTests {
    @Test("HTTP/1.0 is served, and the connection lives on only where the client asks for it")
    func http10() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service) { gateway in
            var client = try gateway.client()
            try client.send("GET /a HTTP/1.0\r\n\r\n")
            let closing = try client.read()
            #expect(closing.status == 200)
            #expect(closing.text == "GET /a ")
            #expect(closing["connection"] == "close")
            #expect(try client.isClosed())

            client = try gateway.client()
            for number in 1...3 {
                try client.send("GET /\(number) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try client.read()
                #expect(response.text == "GET /\(number) ")
                #expect(response["connection"]?.lowercased() == "keep-alive")
            }
            // The gateway's own answers keep to it too.
            try client.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.read()["connection"]?.lowercased() == "keep-alive")
            try client.send("GET /livez HTTP/1.0\r\n\r\n")
            #expect(try client.read().status == 200)
            #expect(try client.isClosed())
        }
    }

    @Test("HTTP/1.0 gets a chunked answer as one that ends with the connection, and no informational ones")
    func http10Chunked() async throws {
        let service = try ScriptedService.answering(
            "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let response = try client.read()
            #expect(response.framing == .untilClose)
            #expect(response.text == "abcde")
            #expect(response.informational.isEmpty)
            #expect(try client.isClosed())
        }
    }

    @Test("HTTP/1.x is served as 1.1; other versions and CONNECT end the connection")
    func versions() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service) { gateway in
            let later = try gateway.client()
            try later.send("GET /a HTTP/1.7\r\nHost: h\r\n\r\n")
            #expect(try later.read().text == "GET /a ")
            #expect(try later.livesOn())
            #expect(service.requests.map(\.version) == ["HTTP/1.1"])

            for (request, outcome) in [
                ("GET /a HTTP/2.0\r\nHost: h\r\n\r\n", "505 25005 NOT_SUPPORTED"),
                ("GET /a HTTP/0.9\r\nHost: h\r\n\r\n", "505 25005 NOT_SUPPORTED"),
                ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 25005 NOT_SUPPORTED"),
                ("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", "501 25005 NOT_SUPPORTED"),
            ] {
                let client = try gateway.client()
                try client.send(request)
                let response = try client.read()
                #expect(response.outcome == outcome, "\(request)")
                #expect(response["connection"] == "close")
                #expect(try client.isClosed())
            }
            #expect(service.heads == 1)
        }
    }

    @Test("OPTIONS * and TRACE are the gateway's to answer, and the connection lives on")
    func ownMethods() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let options = try client.request("OPTIONS", "*")
            #expect(options.status == 200)
            #expect(options.code == 10000)
            #expect(options["allow"]?.contains("GET") == true)
            let trace = try client.request("TRACE", "/a", fields: ["cookie: secret"])
            #expect(trace.outcome == "405 24405 METHOD_NOT_ALLOWED")
            #expect(!trace.text.contains("secret"))
            #expect(trace["allow"]?.contains("GET") == true)
            #expect(service.heads == 0)
            // Of a path it is the service's.
            #expect(try client.request("OPTIONS", "/a").text == "OPTIONS /a ")
            #expect(try client.request("HEAD", "/a")["content-length"] == "5")
            #expect(try client.livesOn())
        }
    }

    @Test("a request may come byte by byte")
    func byteByByte() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let requests = [
                "GET /one?q HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n",
                "POST /two HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
                "\r\nPOST /three HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n",
            ]
            for byte in requests.joined().utf8 { try client.send([byte]) }
            #expect(try client.read().text == "GET /one?q ")
            #expect(try client.read().text == "POST /two hello")
            #expect(try client.read().text == "POST /three abc0123456789")
            #expect(try client.read().status == 200)
            // Trailers are not passed on (contract, section 6).
            #expect(service.requests.allSatisfy { $0.trailers.lines.isEmpty })
        }
    }

    @Test("a hundred pipelined requests are answered in order, whoever answers them")
    func pipelined() async throws {
        let service = try EchoService.start()
        let routes = [
            #"{"path":"/s/**","service":"s","auth":"none"}"#, #"{"path":"/private/**","service":"s"}"#,
            #"{"path":"/get","methods":["GET"],"service":"s","auth":"none"}"#,
        ]
        let log = try await TestGateway.run(service: service, routes: routes) { gateway in
            let token = try gateway.token()
            let client = try gateway.client()
            var text = ""
            for number in 0..<100 {
                let request =
                    switch number % 10 {
                    case 0: "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
                    case 1: "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n"
                    case 2: "GET /private/x HTTP/1.1\r\nHost: h\r\n\r\n"
                    case 3: "GET /private/\(number) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\n\r\n"
                    case 4: "POST /s/\(number) HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
                    case 5: "POST /get HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
                    case 6: "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"
                    case 7: "GET /s/..%2f HTTP/1.1\r\nHost: h\r\n\r\n"
                    case 8:
                        "POST /s/\(number) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
                    default: "GET /s/\(number) HTTP/1.1\r\nHost: h\r\n\r\n"
                    }
                text += request
            }
            try client.send(text)
            for number in 0..<100 {
                let response = try client.read()
                let expected =
                    switch number % 10 {
                    case 0, 6: "200 10000 -"
                    case 1: "404 24404 ROUTE_NOT_FOUND"
                    case 2: "401 20001 AUTH_REQUIRED"
                    case 5: "405 24405 METHOD_NOT_ALLOWED"
                    case 7: "400 24400 BAD_REQUEST"
                    default: "200 - -"
                    }
                #expect(response.outcome == expected, "answer \(number)")
                switch number % 10 {
                case 3: #expect(response.text == "GET /private/\(number) ")
                case 4, 8: #expect(response.text == "POST /s/\(number) hi")
                case 9: #expect(response.text == "GET /s/\(number) ")
                default: break
                }
            }
            #expect(try client.livesOn())
            #expect(service.requests.count == 40)
        }
        // Health leaves no line.
        #expect(log.count == 90)
    }

    @Test("a token may come with or without Bearer; two are none")
    func tokens() async throws {
        let service = try EchoService.start()
        let routes = [#"{"path":"/**","service":"s"}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let token = try gateway.token(user: "u_1")
            let client = try gateway.client()
            #expect(try client.get("/a", token: token).status == 200)
            #expect(try client.get("/a", fields: ["authorization: \(token)"]).status == 200)
            #expect(try client.get("/a", fields: ["Authorization: bearer   \(token)"]).status == 200)
            #expect(service.requests.allSatisfy { $0["x-user-id"] == "u_1" && $0["authorization"] == nil })

            let missing = try client.get("/a")
            #expect(missing.outcome == "401 20001 AUTH_REQUIRED")
            #expect(missing["www-authenticate"] == "Bearer realm=\"\(TestGateway.issuer)\"")
            #expect(missing.relogin == true && missing.replay == true)

            let broken = try client.get("/a", token: token + "x")
            #expect(broken.outcome == "401 20002 AUTH_INVALID")
            #expect(broken["www-authenticate"] == "Bearer realm=\"\(TestGateway.issuer)\", error=\"invalid_token\"")

            let expired = try client.get("/a", token: try gateway.token(lifetime: -1))
            #expect(expired.outcome == "401 20003 AUTH_EXPIRED")
            #expect(expired.relogin == true && expired.replay == true)
            #expect(expired["www-authenticate"]?.contains("error=\"invalid_token\"") == true)
            #expect(expired["cache-control"] == "no-store")

            let twice = try client.get("/a", token: token, fields: ["authorization: Bearer \(token)"])
            #expect(twice.outcome == "401 20002 AUTH_INVALID")
            #expect(service.heads == 3)
            #expect(try client.livesOn())
        }
    }
}
