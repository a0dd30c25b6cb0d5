import JSON
import RandomJSON
import Testing

@Suite("A request's body on its way to the service")
struct RequestBodyTests {
    @Test("a body with a length arrives as it was sent, whatever its pieces", arguments: [1, 100, 70_000])
    func length(count: Int) async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            for _ in 1...2 {
                try client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: \(count)\r\n\r\n")
                for start in stride(from: 0, to: count, by: 1 + count / 3) {
                    try client.send(Array(body[start..<min(count, start + 1 + count / 3)]))
                }
                #expect(try client.read().status == 200)
            }
            #expect(service.requests.map(\.body) == [body, body])
            #expect(service.requests.map { $0["content-length"] } == ["\(count)", "\(count)"])
            #expect(service.connections == 1)
        }
    }

    @Test("a chunked body is framed anew: no extensions, no trailers")
    func chunked() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.send(
                """
                POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\ntrailer: x-user-id\r\nte: trailers\r\n\r\n\
                4;name=value\r\nabcd\r\n00A\r\n0123456789\r\n0\r\nx-user-id: forged\r\nx-sum: 1\r\n\r\n
                """
            )
            #expect(try client.read().status == 200)
            let request = try #require(service.requests.first)
            #expect(request.text == "abcd0123456789")
            #expect(request.fields.all("transfer-encoding") == ["chunked"])
            #expect(request["content-length"] == nil)
            #expect(request["trailer"] == nil)
            #expect(request["te"] == nil)
            #expect(request.trailers.lines.isEmpty)
            #expect(try client.livesOn())
            service.expectNoFaults()
        }
    }

    @Test("chunks of any size, sent in any pieces, arrive whole", arguments: [UInt64(1), 2, 3])
    func chunkSizes(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var body: [UInt8] = []
        var wire: [UInt8] = []
        for _ in 0..<200 {
            let chunk = (0..<Int.random(in: 1...9000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            body += chunk
            wire += Array(String(chunk.count, radix: 16).utf8) + [13, 10] + chunk + [13, 10]
        }
        wire += Array("0\r\n\r\n".utf8)
        var pieces: [[UInt8]] = []
        while !wire.isEmpty {
            let count = min(wire.count, Int.random(in: 1...40_000, using: &random))
            pieces.append(Array(wire.prefix(count)))
            wire.removeFirst(count)
        }
        let service = try ScriptedService.answering(ok())
        let sent = (body, pieces)
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.send("PUT /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            for piece in sent.1 { try client.send(piece) }
            #expect(try client.read().status == 200)
            #expect(service.requests.first?.body == sent.0, "seed \(seed)")
        }
    }

    @Test("over the route's limit: 413, and the service sees nothing or no whole request", arguments: [true, false])
    func limit(chunked: Bool) async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [#"{"path":"/**","service":"s","auth":"none","bodyLimit":"1KiB"}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            if chunked {
                try client.send("POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
                try client.send("3e8\r\n" + String(repeating: "b", count: 1000) + "\r\n")
                try service.wait(for: "the head") { $0.heads == 1 }
                try client.send("3e8\r\n" + String(repeating: "b", count: 1000) + "\r\n")
            } else {
                try client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
            }
            let response = try client.read()
            response.expectRefusal(24413, "BODY_TOO_LARGE", status: 413)
            #expect(response["connection"] == "close")
            #expect(try client.isClosed())
            if chunked {
                try service.waitForEnds(1)
                #expect(service.heads == 1)
            } else {
                #expect(service.connections == 0)
            }
            #expect(service.requests.isEmpty)
        }
    }

    @Test("a body of exactly the limit passes")
    func exactLimit() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [#"{"path":"/**","service":"s","auth":"none","bodyLimit":"1KiB"}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            #expect(try client.request("POST", "/x", body: String(repeating: "b", count: 1024)).status == 200)
            #expect(try client.request("POST", "/x", body: String(repeating: "b", count: 1025)).status == 413)
            #expect(service.requests.count == 1)
        }
    }

    @Test("a broken chunk: 400, and the service gets no whole request")
    func brokenChunk() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.send("POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcdXX")
            let response = try client.read()
            response.expectRefusal(24400, "BAD_REQUEST", status: 400)
            #expect(try client.isClosed())
            try service.wait(for: "connections that were begun to end") { $0.ended == $0.connections }
            #expect(service.requests.isEmpty)
        }
    }

    @Test(
        "a client that goes away ends the exchange",
        arguments: ["before the answer", "within the answer", "within the body"]
    )
    func clientLeaves(moment: String) async throws {
        let service = try ScriptedService.start { peer in
            if moment == "within the body" {
                _ = try peer.readHead()
            } else {
                _ = try peer.readRequest()
            }
            if moment == "within the answer" {
                try peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nabc")
            }
            _ = try peer.readToEnd()
        }
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            if moment == "within the body" {
                try client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc")
            } else {
                try client.sendRequest("GET", "/x")
            }
            try service.wait(for: "the request") { $0.heads == 1 }
            if moment == "within the answer" { _ = try client.reader.fill() }
            // One that only ends its sending side gets its answer.
            if moment == "within the body" { client.close() } else { client.socket.reset() }
            try service.waitForEnds(1)
        }
        #expect(log.count == 1)
        #expect(log.first?.contains(#""close":"the client disconnected""#) == true)
    }
}
