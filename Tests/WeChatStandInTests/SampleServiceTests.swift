import JSON
import NIOCore
import Testing

@testable import WeChatStandIn

@Suite("The sample services over a socket", .timeLimit(.minutes(5)))
struct SampleServiceTests {
    private func withService(_ kind: SampleService.Kind, _ body: (Int) throws -> Void) async throws {
        let service = try await SampleService.start(kind, port: 0, group: loops)
        let result = Result { try body(service.port) }
        await service.stop()
        try result.get()
    }

    private func json(_ response: RawClient.Response) throws -> JSONNode {
        try JSONReader().read(response.body)
    }

    @Test("Orders echoes what it got")
    func echo() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            let response = client.request(
                "POST",
                "/api/orders/7%2F8?a=1&b=%20",
                headers: "X-User-Id: u-1\r\nx-two: 1\r\nX-TWO: 2\r\n",
                body: "hello"
            )
            #expect(response.status == 200)
            #expect(
                response.text == """
                    {"service":"orders","method":"POST","path":"/api/orders/7%2F8","query":"a=1&b=%20",\
                    "headers":{"content-length":"5","host":"127.0.0.1:\(port)","x-two":"1, 2","x-user-id":"u-1"},"bodyBytes":5}
                    """
            )
        }
    }

    @Test("Who is asking is shown on the profile and the feed")
    func identity() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            let headers = "x-user-id: u-1\r\nx-wx-appid: wx1\r\nx-wx-openid: o-1\r\n"
            let profile = try json(client.request("GET", "/api/profile", headers: headers))
            #expect(profile["userId"]?.string == "u-1" && profile["appId"]?.string == "wx1")
            #expect(profile["openid"]?.string == "o-1")
            #expect(try json(client.request("GET", "/feed", headers: headers))["viewer"]?.string == "u-1")
            #expect(try json(client.request("GET", "/feed"))["viewer"]?.string == "anonymous")
            #expect(try json(client.request("GET", "/catalog/teas"))["items"]?.elements?.count == 3)
            #expect(try json(client.request("GET", "/catalogue"))["path"]?.string == "/catalogue")
        }
    }

    @Test("A HEAD has the length and no body")
    func head() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            let response = client.request("HEAD", "/api/orders/big?bytes=1000000")
            #expect(response.status == 200 && response.headers["content-length"] == "1000000")
            #expect(client.request("GET", "/feed").status == 200)
        }
    }

    @Test("Requests in a row on one connection are answered in a row")
    func pipelining() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            client.send((0..<20).map { "GET /p\($0) HTTP/1.1\r\nhost: test\r\n\r\n" }.joined())
            for index in 0..<20 { #expect(try json(client.readResponse())["path"]?.string == "/p\(index)") }
        }
    }

    @Test("A body of many MiB is filled as the client reads, and the connection goes on after it")
    func big() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            let count = 64 << 20
            client.send("GET /api/orders/big?bytes=\(count + 5) HTTP/1.1\r\nhost: test\r\n\r\n")
            let head = client.readResponse(hasBody: false)
            #expect(head.headers["content-length"] == String(count + 5))
            #expect(client.skip(count) == count)
            #expect(client.skip(5) == 5)
            #expect(client.request("GET", "/feed").status == 200)
        }
    }

    @Test("Filling is what the offset says")
    func fillingBytes() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            let response = client.request("GET", "/api/orders/big?bytes=200000")
            #expect(response.body == (0..<200_000).map { Filling.byte(at: $0) })
            #expect(client.request("GET", "/api/orders/big?bytes=0").body.isEmpty)
        }
    }

    @Test(
        "A number of bytes that is none is refused",
        arguments: ["", "?bytes=x", "?bytes=-1", "?bytes=9999999999999"]
    )
    func badBig(_ query: String) async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            #expect(client.request("GET", "/api/orders/big\(query)").status == 400)
        }
    }

    @Test("A large body is counted, not kept", arguments: [true, false])
    func upload(_ isChunked: Bool) async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            let (part, parts) = ([UInt8](repeating: 120, count: 1 << 20), 32)
            let framing = isChunked ? "transfer-encoding: chunked" : "content-length: \(part.count * parts)"
            client.send("PUT /up HTTP/1.1\r\nhost: test\r\n\(framing)\r\n\r\n")
            for _ in 0..<parts {
                if isChunked { client.send("100000\r\n") }
                client.send(part)
                if isChunked { client.send("\r\n") }
            }
            if isChunked { client.send("0\r\n\r\n") }
            #expect(try json(client.readResponse())["bodyBytes"]?.integer == Int64(part.count * parts))
        }
    }

    @Test("Connection: close and HTTP/1.0 end the connection after the answer")
    func close() async throws {
        try await withService(.orders) { port in
            let first = try RawClient(port: port)
            let response = first.request("GET", "/feed", headers: "connection: close\r\n")
            #expect(response.headers["connection"] == "close" && first.readEnd() == .closed)
            let second = try RawClient(port: port)
            second.send("GET /feed HTTP/1.0\r\n\r\n")
            #expect(second.readResponse().status == 200 && second.readEnd() == .closed)
        }
    }

    @Test(
        "Flaky fails as its path says",
        arguments: [
            ("500", 500, "application/json; charset=utf-8"), ("401", 401, "application/json; charset=utf-8"),
            ("404", 404, "text/html"), ("503", 503, "application/json; charset=utf-8"),
            ("else", 200, "application/json; charset=utf-8"),
        ]
    )
    func flaky(_ name: String, _ status: Int, _ type: String) async throws {
        try await withService(.flaky) { port in
            let client = try RawClient(port: port)
            // Also where the gateway took the prefix away.
            for path in ["/api/flaky/\(name)", "/\(name)"] {
                let response = client.request("GET", path)
                #expect(response.status == status && response.headers["content-type"] == type)
                #expect(response.headers["retry-after"] == (status == 503 ? "7" : nil))
            }
        }
    }

    @Test("Flaky resets, cuts and stays silent")
    func flakyConnections() async throws {
        try await withService(.flaky) { port in
            let reset = try RawClient(port: port).request("GET", "/api/flaky/reset")
            #expect(reset.status == 0 && reset.end == .reset)
            let cut = try RawClient(port: port).request("GET", "/api/flaky/cut")
            #expect(cut.status == 200 && cut.end == .closed && !cut.body.isEmpty)
            let silent = try RawClient(port: port, timeout: 1).request("GET", "/api/flaky/slow")
            #expect(silent.end == .timeout && silent.status == 0)
        }
    }

    @Test("What is not HTTP gets a 400")
    func garbage() async throws {
        try await withService(.orders) { port in
            let client = try RawClient(port: port)
            client.send("\u{16}\u{3}\u{1}garbage\r\n\r\n")
            #expect(client.readResponse().status == 400)
        }
    }

    @Test("No sample service leaves the loopback")
    func loopbackOnly() async throws {
        await #expect(throws: SampleServerError.self) {
            _ = try await SampleService.start(.orders, address: "0.0.0.0", port: 0, group: loops)
        }
    }
}
