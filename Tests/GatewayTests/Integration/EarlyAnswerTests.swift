import JSON
import Testing

@Suite("A service that answers before the request's body is whole")
struct EarlyAnswerTests {
    @Test("an answer that comes before the body's end is passed on", arguments: [true, false])
    func early(chunked: Bool) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readHead()
            try peer.send(answer("413 Too Much", "too much", fields: ["Connection: close"]))
            _ = try peer.readToEnd()
        }
        let routes = [#"{"path":"/**","service":"s","auth":"none","bodyLimit":"unlimited"}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            let framing = chunked ? "transfer-encoding: chunked\r\n\r\n3e8\r\n" : "content-length: 10000000\r\n\r\n"
            try client.send("POST /x HTTP/1.1\r\nhost: a\r\n" + framing + String(repeating: "b", count: 1000))
            let response = try client.read()
            response.expectFailure("UPSTREAM_STATUS", status: 413)
            #expect(response.dataData?.string == "too much")
            #expect(response["connection"] == "close")
            // The answer is followed by the end of the gateway's side, and the service is let go.
            #expect(try client.isClosed())
            try service.waitForEnds(1)
            #expect(service.heads == 1)
        }
    }

    @Test("a success may begin before the body's end, and both go on")
    func duplex() async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.readHead() != nil else { return }
            try peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in 0..<5 {
                let piece = try peer.readBody(4)
                try peer.send("4\r\n" + String(decoding: piece, as: UTF8.self) + "\r\n")
            }
            try peer.send("0\r\n\r\n")
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 20\r\n\r\n")
            var head: String?
            for number in 1...5 {
                try client.send("\(number)abc")
                while !String(decoding: client.reader.unread, as: UTF8.self).contains("\(number)abc") {
                    guard try client.reader.fill() else { throw MessageFault.cut(body: []) }
                }
                head = head ?? String(decoding: client.reader.unread, as: UTF8.self)
            }
            #expect(head?.hasPrefix("HTTP/1.1 200 OK\r\n") == true)
            #expect(try client.read().text == "1abc2abc3abc4abc5abc")
        }
    }

    /// Closing on unread bytes sends a reset right behind the answer, which must not overtake it inside the gateway.
    @Test("a refusal arrives although its service closes at once on unread bytes")
    func closesAtOnce() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readHead()
            _ = try peer.readBody(1000)
            try peer.send(answer("413 Too Much", "too much", fields: ["Connection: close"]))
        }
        let routes = [#"{"path":"/**","service":"s","auth":"none","bodyLimit":"unlimited"}"#]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            for _ in 0..<20 {
                let client = try gateway.client()
                try client.send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n")
                // More than the service takes, and little enough for the buffers on the way.
                try client.send([UInt8](repeating: 0x62, count: 200_000))
                let response = try client.read()
                response.expectFailure("UPSTREAM_STATUS", status: 413)
                #expect(response.dataData?.string == "too much")
            }
        }
    }

    @Test("a whole success ends both connections, since the rest of the body may never come", arguments: [true, false])
    func wholeSuccess(chunked: Bool) async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.readHead() != nil else { return }
            try peer.send(ok("early"))
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let framing = chunked ? "transfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n" : "content-length: 8\r\n\r\nabcd"
            try client.send("PUT /x HTTP/1.1\r\nhost: a\r\n" + framing)
            let response = try client.read()
            #expect(response.text == "early")
            #expect(response["connection"] == "close")
            #expect(try client.isClosed())
            try service.waitForEnds(1)
            #expect(service.heads == 1)
        }
    }
}
