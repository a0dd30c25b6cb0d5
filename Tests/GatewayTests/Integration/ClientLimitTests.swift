import Gateway
import Glibc
import Testing

@Suite("Slow and many clients")
struct ClientLimitTests {
    @Test("a head that stops is answered 408, and the connection ends")
    func head() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service, members: ["timeouts": #"{"head":"1s"}"#]) { gateway in
            for start in ["G", "GET /a HTTP/1.1\r\n", "GET /a HTTP/1.1\r\nHost: h\r\nX: y\r\n"] {
                let client = try gateway.client()
                try client.send(start)
                let response = try client.read()
                #expect(response.outcome == "408 24408 REQUEST_TIMEOUT", "\(start)")
                #expect(response.replay == true && response.relogin == false)
                #expect(response["connection"] == "close")
                #expect(try client.isClosed())
            }
            // Of a second request on the same connection, too.
            let client = try gateway.client()
            #expect(try client.get("/a").status == 200)
            try client.send("GET /b HT")
            #expect(try client.read().status == 408)
            #expect(try client.isClosed())
            #expect(service.heads == 1)
        }
        #expect(log.count == 5)
    }

    @Test("a head that trickles in is answered 408 all the same")
    func trickle() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, members: ["timeouts": #"{"head":"1s"}"#]) { gateway in
            let client = try gateway.client()
            try client.send("GET /a HTTP/1.1\r\nHost: h\r\nX: ")
            let socket = client.socket
            let trickling = try BlockingThread {
                // Ends with the connection.
                while (try? socket.send([UInt8(ascii: "y")])) != nil { poll(nil, 0, 20) }
            }
            #expect(try client.read().status == 408)
            socket.shutDown()
            trickling.join()
        }
    }

    @Test("a body that stops is answered 408, and both connections end")
    func body() async throws {
        let service = try EchoService.start()
        let members = ["timeouts": #"{"body":"200ms"}"#]
        try await TestGateway.run(service: service, members: members) { gateway in
            for start in [
                "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhel",
                "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n",
                "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
                "POST /auth/login HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{",
                "POST /auth/login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
            ] {
                let client = try gateway.client()
                try client.send(start)
                let response = try client.read()
                #expect(response.outcome == "408 24408 REQUEST_TIMEOUT", "\(start)")
                #expect(response["connection"] == "close")
                #expect(try client.isClosed())
            }
            try service.waitForEnds(3)
            #expect(service.requests.isEmpty)
        }
    }

    @Test("the rest of a refused body that stops ends the connection")
    func discarded() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, routes: [], members: ["timeouts": #"{"body":"200ms"}"#]) {
            gateway in
            let client = try gateway.client()
            try client.send("POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhel")
            #expect(try client.read().status == 404)
            #expect(try client.isClosed())
        }
    }

    @Test("an idle connection ends without a word, before the first request and after it")
    func keepAlive() async throws {
        let service = try EchoService.start()
        let members = ["timeouts": #"{"head":"1s","keepAlive":"1s"}"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            #expect(try gateway.client().isClosed())
            let client = try gateway.client()
            #expect(try client.get("/a").status == 200)
            #expect(try client.isClosed())
        }
        #expect(log.count == 1)
    }

    @Test("a connection too many is told so and ended; the place of one that left is given away")
    func connections() async throws {
        let service = try EchoService.start()
        let members = ["limits": #"{"connections":2}"#, "admin": #"{"address":"127.0.0.1:0"}"#]
        let log = try await TestGateway.run(service: service, members: members) { gateway in
            let first = try gateway.client()
            let second = try gateway.client()
            #expect(try first.get("/a").status == 200)
            #expect(try second.get("/a").status == 200)
            for _ in 0..<5 {
                let third = try gateway.client()
                let response = try third.read()
                #expect(response.outcome == "503 25003 UNAVAILABLE")
                #expect(response.replay == true)
                #expect(response["retry-after"] != nil)
                #expect(response["connection"] == "close")
                #expect(try third.isClosed())
            }
            // Operators are not shut out, and those inside are served.
            let admin = try gateway.operators()
            #expect(try admin.get("/livez").status == 200)
            #expect(try second.get("/a").status == 200)
            first.close()
            let end = TestClock.milliseconds() + longestWait
            var isServed = false
            while !isServed, TestClock.milliseconds() < end {
                let next = try gateway.client()
                try next.sendRequest("GET", "/next")
                isServed = try next.read().status == 200
                if !isServed { _ = try next.isClosed() }
            }
            #expect(isServed)
        }
        #expect(log.contains { $0.contains("\"code\":25003") })
    }

    @Test("a request line, a head or a count of fields over its limit has a status of its own")
    func heads() async throws {
        let service = try EchoService.start()
        let members = ["limits": #"{"requestLine":"256B","headers":"1KiB","headerCount":10}"#]
        try await TestGateway.run(service: service, members: members) { gateway in
            let long = String(repeating: "x", count: 300)
            let fields = (0..<10).map { "x\($0): y" }
            for (request, outcome) in [
                ("GET /\(long) HTTP/1.1\r\nHost: h\r\n\r\n", "414 24414 URI_TOO_LONG"),
                ("GET /\(long)", "414 24414 URI_TOO_LONG"),
                (
                    "GET /a HTTP/1.1\r\nHost: h\r\nx: \(long)\(long)\(long)\(long)\r\n\r\n",
                    "431 24431 HEADERS_TOO_LARGE"
                ),
                ("GET /a HTTP/1.1\r\nHost: h\r\nx: \(long)\(long)\(long)\(long)", "431 24431 HEADERS_TOO_LARGE"),
                (
                    "GET /a HTTP/1.1\r\nHost: h\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n",
                    "431 24431 HEADERS_TOO_LARGE"
                ),
            ] {
                let client = try gateway.client()
                try client.send(request)
                let response = try client.read()
                #expect(response.outcome == outcome)
                #expect(response["connection"] == "close")
                #expect(try client.isClosed())
            }
            #expect(service.heads == 0)
        }
    }
}
