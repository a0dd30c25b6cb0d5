import Testing

@Suite("Framing of a service's answer")
struct ResponseFramingTests {
    // MARK: - Without a body

    struct Bodiless: CustomTestStringConvertible, Sendable {
        var method = "GET"
        var response: String
        /// `content-length` towards the client.
        var length: String?
        /// Whether the service's connection may serve the next request.
        var reuse: Bool
        var testDescription: String { method + " " + response }
    }

    @Test(
        "HEAD, 204 and 304 have none whatever they claim; who claimed one is not used again at once",
        arguments: [
            Bodiless(method: "HEAD", response: "HTTP/1.1 200 OK\r\n\r\n", reuse: true),
            Bodiless(
                method: "HEAD",
                response: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
                length: "5",
                reuse: false
            ),
            Bodiless(method: "HEAD", response: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", reuse: false),
            Bodiless(
                method: "HEAD",
                response: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
                length: "5",
                reuse: false
            ),
            Bodiless(response: "HTTP/1.1 204 No Content\r\n\r\n", reuse: true),
            Bodiless(response: "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello", reuse: false),
            Bodiless(
                response: "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                reuse: false
            ),
            Bodiless(response: "HTTP/1.1 304 Not Modified\r\netag: \"e\"\r\n\r\n", reuse: true),
            Bodiless(response: "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", length: "5", reuse: false),
            Bodiless(
                response: "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\nhello",
                length: "5",
                reuse: false
            ),
        ]
    )
    func bodiless(testCase: Bodiless) async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(request.target == "/next" ? ok("next") : testCase.response)
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.request(testCase.method, "/x")
            #expect(
                "HTTP/1.1 \(response.status) \(response.phrase)\r\n" == String(
                    testCase.response.prefix { $0 != "\r\n" }
                ) + "\r\n"
            )
            #expect(response.body == [])
            #expect(response["content-length"] == testCase.length)
            #expect(try client.get("/next").text == "next")
            #expect(service.connections == (testCase.reuse ? 1 : 2))
        }
    }

    // MARK: - Large

    @Test("a large body arrives whole, however it is framed", arguments: ["length", "chunked", "close"])
    func large(framing: String) async throws {
        let block = (0..<100_003).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let service = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                switch framing {
                case "length": try peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(50 * block.count)\r\n\r\n")
                case "chunked": try peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                default: try peer.send("HTTP/1.1 200 OK\r\n\r\n")
                }
                for _ in 0..<50 {
                    let size = String(block.count, radix: 16) + "\r\n"
                    try peer.send(framing == "chunked" ? Array(size.utf8) + block + [13, 10] : block)
                }
                if framing == "chunked" { try peer.send("0\r\n\r\n") }
                if framing == "close" { return }
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for _ in 1...2 {
                let response = try client.get("/x")
                #expect(response.framing == (framing == "length" ? .length(50 * block.count) : .chunked))
                #expect(response.body.count == 50 * block.count)
                let blocks = stride(from: 0, to: response.body.count, by: block.count)
                #expect(blocks.allSatisfy { response.body[$0...].prefix(block.count) == block[...] })
            }
            #expect(service.connections == (framing == "close" ? 2 : 1))
        }
    }

    // MARK: - Informational responses

    private static func informational(_ count: Int) -> String {
        (0..<count).map { "HTTP/1.1 103 Early Hints\r\nLink: </\($0)>; rel=preload\r\n\r\n" }.joined()
    }

    @Test("informational responses pass, 100 and HTTP/1.0 left aside", arguments: [1, 8])
    func informational(count: Int) async throws {
        let service = try ScriptedService.answering(Self.informational(count) + ok("final"))
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for _ in 1...2 {
                let response = try client.get("/x")
                #expect(response.text == "final")
                #expect(response.informational.map(\.status) == Array(repeating: 103, count: count))
                #expect(response.informational.map { $0["link"] } == (0..<count).map { "</\($0)>; rel=preload" })
            }
            let old = try gateway.client().request("GET", "/x", version: "HTTP/1.0")
            #expect(old.informational.isEmpty)
            #expect(old.text == "final")
        }
    }

    @Test("100 is the gateway's own business")
    func continued() async throws {
        let service = try ScriptedService.answering("HTTP/1.1 100 Continue\r\n\r\n" + ok("final"))
        try await TestGateway.run(service: service) { gateway in
            let response = try gateway.client().request("POST", "/x", body: "b")
            #expect(response.informational.isEmpty)
            #expect(response.text == "final")
        }
    }

    @Test("nine are too many")
    func nine() async throws {
        let service = try ScriptedService.answering(Self.informational(9) + ok("final"))
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x")
            response.expectFailure("UPSTREAM_PROTOCOL", status: 502)
            #expect(response.informational.count == 8)
            #expect(try client.livesOn())
            try service.waitForEnds(1)
        }
    }

    @Test("101 is refused even where the client asked for an upgrade, which is not passed on")
    func upgrade() async throws {
        let service = try ScriptedService.answering(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
        )
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x", fields: ["Connection: Upgrade", "Upgrade: websocket"])
            response.expectFailure("UPSTREAM_PROTOCOL", status: 502)
            let request = try #require(service.requests.first)
            #expect(request["upgrade"] == nil)
            #expect(request["connection"] == nil)
            try service.waitForEnds(1)
        }
    }

    // MARK: - More than was asked for

    @Test(
        "bytes behind an answer reach nobody, and the connection ends",
        arguments: [
            ok("mine") + ok("poison"), ok("mine") + "x", ok("mine") + "\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nminepoison",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nmine\r\n0\r\n\r\n" + ok("poison"),
        ]
    )
    func stray(response: String) async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(peer.connection == 0 ? response : ok("theirs"))
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/x").text == "mine")
            try service.waitForEnds(1)
            #expect(try client.get("/x").text == "theirs")
            #expect(service.connections == 2)
        }
    }

    @Test("bytes on an idle connection end it", arguments: [ok("poison"), "x"])
    func late(bytes: String) async throws {
        let clientHasIt = Gate()
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(ok(peer.connection == 0 ? "mine" : "theirs"))
            guard peer.connection == 0 else {
                _ = try peer.readToEnd()
                return
            }
            try clientHasIt.wait()
            try peer.send(bytes)
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/x").text == "mine")
            clientHasIt.open()
            try service.waitForEnds(1)
            #expect(try client.get("/x").text == "theirs")
            #expect(service.connections == 2)
        }
    }

    // MARK: - Up to the close

    @Test(
        "a body up to the close is chunked for HTTP/1.1, up to the close for 1.0",
        arguments: ["HTTP/1.0", "HTTP/1.1"]
    )
    func untilClose(version: String) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send("\(version) 200 OK\r\nconnection: close\r\n\r\nall ")
            try peer.send("of it")
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for number in 1...2 {
                let response = try client.get("/x")
                #expect(response.version == "HTTP/1.1")
                #expect(response.framing == .chunked)
                #expect(response.text == "all of it")
                #expect(response["connection"] == nil)
                #expect(service.connections == number)
            }
            let old = try gateway.client().request("GET", "/x", fields: ["Connection: keep-alive"], version: "HTTP/1.0")
            #expect(old.framing == .untilClose)
            #expect(old["connection"] == "close")
            #expect(old.text == "all of it")
        }
    }

    @Test("HTTP/1.0 on either side keeps a connection only where it says so")
    func http10() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                let keeps = request.target == "/keep"
                try peer.send(
                    "HTTP/1.0 200 OK\r\n\(keeps ? "connection: keep-alive\r\n" : "")content-length: 1\r\n\r\na"
                )
                if !keeps {
                    _ = try peer.readToEnd()
                    return
                }
            }
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for (target, connections) in [("/keep", 1), ("/keep", 1), ("/drop", 1), ("/drop", 2)] {
                #expect(try client.get(target).framing == .length(1))
                #expect(service.connections == connections)
                if target == "/drop" { try service.waitForEnds(connections) }
            }
            let old = try gateway.client()
            for _ in 1...2 {
                let response = try old.request("GET", "/keep", fields: ["Connection: keep-alive"], version: "HTTP/1.0")
                #expect(response["connection"] == "keep-alive")
                #expect(response.text == "a")
            }
            let last = try old.request("GET", "/keep", version: "HTTP/1.0")
            #expect(last["connection"] == "close")
            #expect(try old.isClosed())
        }
    }
}
