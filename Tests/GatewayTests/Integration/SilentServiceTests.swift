import JSON
import Testing

@Suite("A service that gives no answer, or none that can be trusted")
struct SilentServiceTests {
    /// One case: what the service does with its first connection.
    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var script: ScriptedService.Script
        var testDescription: String { name }

        /// Reads the request, sends that, and ends the connection.
        static func sends(_ name: String, _ bytes: String) -> Case {
            Case(name: name) { peer in
                _ = try peer.readRequest()
                try peer.send(bytes)
                peer.closeOutput()
                _ = try peer.readToEnd()
            }
        }

        /// Reads the request, sends that, and leaves it to the gateway to end the connection.
        static func keepsOpen(_ name: String, _ bytes: String) -> Case {
            Case(name: name) { peer in
                _ = try peer.readRequest()
                try peer.send(bytes)
                _ = try peer.readToEnd()
            }
        }
    }

    static let closing: [Case] = [
        Case(name: "reads and closes") { peer in _ = try peer.readRequest() },
        Case(name: "reads and resets") { peer in
            _ = try peer.readRequest()
            peer.reset()
        },
        .sends("closes within the version", "HTT"),
        .sends("closes within the status line", "HTTP/1.1 200 O"),
        .sends("closes behind the status line", "HTTP/1.1 200 OK\r\n"),
        .sends("closes within a field", "HTTP/1.1 200 OK\r\ncontent-len"),
        .sends("closes before the empty line", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n"),
        .sends("closes behind an informational response", "HTTP/1.1 102 Processing\r\n\r\n"),
    ]

    static let untrusted: [Case] = [
        .keepsOpen("another protocol", "SSH-2.0-OpenSSH_9.2p1\r\n"),
        .keepsOpen("a TLS alert", "\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{28}"),
        .keepsOpen("an empty line first", "\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("HTTP/2", "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("bare line feeds", "HTTP/1.1 200 OK\ncontent-length: 0\n\n"),
        .keepsOpen("a status of two digits", "HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("a status over 599", "HTTP/1.1 600 High\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("a bare CR in a value", "HTTP/1.1 200 OK\r\nx-a: b\rx-c: d\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("a NUL in a value", "HTTP/1.1 200 OK\r\nx-a: b\0c\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("a field without colon", "HTTP/1.1 200 OK\r\nnonsense\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("white space before a colon", "HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n"),
        .keepsOpen("a folded line", "HTTP/1.1 200 OK\r\nx-a: b\r\n c\r\ncontent-length: 0\r\n\r\n"),
        .keepsOpen("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc"),
        .keepsOpen("a list of lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nab"),
        .keepsOpen("a signed length", "HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nab"),
        .keepsOpen("an empty length", "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n"),
        .keepsOpen(
            "length and transfer coding",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        ),
        .keepsOpen("another transfer coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        .keepsOpen("chunked twice", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        .keepsOpen("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        .keepsOpen("101 unasked", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
        .keepsOpen(
            "a head over the limit",
            "HTTP/1.1 200 OK\r\nx-long: " + String(repeating: "a", count: 72 * 1024) + "\r\ncontent-length: 0\r\n\r\n"
        ),
        .keepsOpen(
            "too many fields",
            "HTTP/1.1 200 OK\r\n" + String(repeating: "x: y\r\n", count: 201) + "content-length: 0\r\n\r\n"
        ),
    ]

    @Test("502 UPSTREAM_PROTOCOL, and no second attempt on a new connection", arguments: closing + untrusted)
    func protocolFault(testCase: Case) async throws {
        let service = try ScriptedService.start(testCase.script)
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.get("/x")
            response.expectFailure("UPSTREAM_PROTOCOL", status: 502)
            #expect(response.errorMessage?.isEmpty == false)
            #expect(try client.livesOn())
            // The gateway ends the connection to the service.
            try service.waitForEnds(1)
            #expect(service.connections == 1)
            #expect(service.requests.count == 1)
            service.expectNoFaults()
        }
    }

    @Test("accepts and closes unread: 502, one request at most", arguments: ["GET", "POST"])
    func acceptsAndCloses(method: String) async throws {
        let service = try ScriptedService.start { _ in }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            let response = try client.request(method, "/x")
            // The close may be seen before or after the request was written.
            let reason = try #require(response.reason)
            #expect(["UPSTREAM_CONNECT", "UPSTREAM_PROTOCOL"].contains(reason))
            response.expectFailure(reason, status: 502)
            #expect(service.connections == 1)
            #expect(try client.livesOn())
        }
    }

    @Test(
        "504 UPSTREAM_TIMEOUT where the first byte, or the rest of the head, does not come",
        arguments: ["", "HTTP/1."]
    )
    func neverAnswers(begun: String) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try peer.send(begun)
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"firstByte":"150ms"}"#]) {
            gateway in
            let client = try gateway.client()
            let begin = TestClock.milliseconds()
            let response = try client.get("/x")
            #expect(TestClock.milliseconds() - begin >= 150)
            response.expectFailure("UPSTREAM_TIMEOUT", status: 504)
            try service.waitForEnds(1)
            #expect(service.requests.count == 1)
            #expect(try client.livesOn())
        }
    }

    @Test(
        "504 UPSTREAM_TIMEOUT where the head comes by single bytes, or others come before it",
        arguments: ["x", "HTTP/1.1 102 Processing\r\n\r\n"]
    )
    func tricklesHead(piece: String) async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            if piece == "x" { try peer.send("HTTP/1.1 200 OK\r\nx-a: ") }
            while !peer.socket.isReadable(within: 50) { try peer.send(piece) }
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"firstByte":"200ms"}"#]) {
            gateway in
            let client = try gateway.client()
            try client.get("/x").expectFailure("UPSTREAM_TIMEOUT", status: 504)
            try service.waitForEnds(1)
            #expect(try client.livesOn())
        }
    }
}
