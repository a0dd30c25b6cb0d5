import JSON
import Testing

extension Array<String> {
    /// The access log's lines as JSON.
    func entries() throws -> [JSONNode] { try map { try parsed($0) } }
}

@Suite("Clients that leave, and clients that read slowly")
struct ClientLeavingTests {
    @Test("a client that leaves before the answer ends the exchange, and the log says 499")
    func beforeAnswer() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            _ = try peer.readToEnd()
        }
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/a")
            try service.wait(for: "the request") { $0.requests.count == 1 }
            client.socket.reset()
            try service.waitForEnds(1)
            #expect(service.connections == 1)
        }
        let entry = try #require(try log.entries().first)
        #expect(log.count == 1)
        #expect(entry["status"]?.integer == 499)
        #expect(entry["code"] == nil)
        #expect(entry["close"]?.string?.contains("client") == true)
    }

    @Test("a client that leaves in the middle of its body ends the exchange")
    func midBody() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
        }
        let log = try await TestGateway.run(service: service) { gateway in
            for (framing, part) in [("Content-Length: 10", "hello"), ("Transfer-Encoding: chunked", "5\r\nhello\r\n")] {
                let begun = service.heads
                let client = try gateway.client()
                try client.send("POST /a HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n\(part)")
                try service.wait(for: "the head") { $0.heads == begun + 1 }
                client.close()
                try service.waitForEnds(begun + 1)
            }
            #expect(service.requests.isEmpty)
        }
        #expect(try log.entries().map { $0["status"]?.integer } == [499, 499])
        #expect(try log.entries().allSatisfy { $0["bytesIn"]?.integer == 5 })
    }

    @Test("a client that leaves in the middle of the answer ends the exchange")
    func midAnswer() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
            _ = try peer.readToEnd()
        }
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/a")
            #expect(try #require(try client.reader.readHead()).line.hasPrefix("HTTP/1.1 200"))
            #expect(try client.reader.readExactly(5) == Array("hello".utf8))
            client.socket.reset()
            try service.waitForEnds(1)
        }
        let entry = try #require(try log.entries().first)
        #expect(entry["status"]?.integer == 200)
        #expect(entry["bytesOut"]?.integer == 5)
        #expect(entry["close"]?.string?.contains("client") == true)
    }

    @Test("a client that resets the connection between two requests is no request")
    func idle() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/a").status == 200)
            client.socket.reset()
            #expect(try gateway.client().get("/b").status == 200)
        }
        #expect(log.count == 2)
    }

    @Test("a client that reads slowly gets all of what a service sent that has closed long since")
    func slowReader() async throws {
        let size = 8 << 20
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8) ^ ($0 >> 16)) }
        for framing in ["Content-Length: \(size)\r\n\r\n", "\r\n"] {
            let service = try ScriptedService.start { peer in
                _ = try peer.readRequest()
                try peer.send("HTTP/1.1 200 OK\r\n" + framing)
                try peer.send(body)
            }
            let log = try await TestGateway.run(service: service) { gateway in
                let client = try gateway.client(receiveBuffer: 65536)
                try client.sendRequest("GET", "/a")
                let head = try #require(try client.reader.readHead())
                #expect(head.line.hasPrefix("HTTP/1.1 200"))
                // Others are served meanwhile.
                for _ in 1...3 { #expect(try gateway.client().get("/livez").status == 200) }
                let received =
                    framing.hasPrefix("C") ? try client.reader.readExactly(size) : try client.reader.readChunked().body
                #expect(received == body)
                try service.waitForEnds(1)
            }
            #expect(try log.entries().first?["bytesOut"]?.integer == Int64(size))
        }
    }
}
