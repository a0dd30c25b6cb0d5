import JSON
import Testing

/// A byte each time-out renewed the deadline of a body for ever, and held a connection of the service meanwhile.
@Suite("A body that comes by single bytes")
struct SlowBodyTests {
    private static let members = TestGateway.guardedAdmin.merging(["timeouts": #"{"body":"300ms"}"#]) { $1 }

    /// Sends a head, and bytes of its body until an answer is there.
    private static func trickle(_ client: RawClient, _ head: String) throws -> RawResponse {
        try client.send("\(head)\r\nhost: \(client.host)\r\ncontent-length: 60000\r\n\r\n")
        let begun = TestClock.milliseconds()
        while !client.socket.isReadable(within: 20) {
            guard TestClock.milliseconds() - begun < longestWait else { throw WaitedTooLong(what: "an answer") }
            try client.send(" ")
        }
        return try client.read()
    }

    @Test("is ended by its rate on a route, and by its time on the gateway's own endpoints and the operators' port")
    func ends() async throws {
        let service = try EchoService.start()
        try await TestGateway.run(service: service, members: Self.members) { gateway in
            let call = "POST /tokens HTTP/1.1\r\ncontent-type: application/json\r\n"
            for (client, head) in [
                (try gateway.client(), "POST /a HTTP/1.1"),
                (try gateway.client(), "POST /auth/login HTTP/1.1"),
                (try gateway.operators(), call + "authorization: Bearer \(TestGateway.adminToken)"),
            ] {
                let response = try Self.trickle(client, head)
                #expect(response.outcome == "408 24408 REQUEST_TIMEOUT")
                #expect(response["connection"] == "close")
            }
            #expect(service.requests.isEmpty)
        }
    }

    @Test("takes none of a service's few connections before it is here", arguments: ["content-length: 4", "chunked"])
    func takesNoConnection(framing: String) async throws {
        let service = try EchoService.start()
        let (head, first, rest) =
            framing == "chunked"
            ? ("transfer-encoding: chunked", "", "4\r\nbody\r\n0\r\n\r\n") : (framing, "bo", "dy")
        try await TestGateway.run(service: service, serviceMembers: ["connections": "1"]) { gateway in
            for expects in [false, true] {
                let slow = try (0..<3).map { _ in try gateway.client() }
                for client in slow {
                    let more = expects ? "expect: 100-continue\r\n" : ""
                    try client.send("POST /a HTTP/1.1\r\nhost: h\r\n\(head)\r\n\(more)\r\n")
                    if expects { #expect(try client.readOne().status == 100) }
                    try client.send(first)
                }
                // Later than the heads: they have been read.
                #expect(try PortQueues.wait(port: gateway.port) { $0.inward == 0 })
                for _ in 0..<3 { #expect(try gateway.client().get("/b").status == 200) }
                for client in slow {
                    try client.send(rest)
                    #expect(try client.read().text == "POST /a body")
                    #expect(try client.livesOn())
                }
            }
        }
    }

    @Test("whose client leaves before it was here is no request of the service's")
    func leaves() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service, serviceMembers: ["connections": "1"]) { gateway in
            for part in ["", "ab"] {
                let client = try gateway.client()
                try client.send("POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\n" + part)
                #expect(try PortQueues.wait(port: gateway.port) { $0.inward == 0 })
                client.closeOutput()
                #expect(try client.isClosed())
            }
            #expect(try gateway.client().get("/b").status == 200)
            #expect(service.heads == 1)
        }
        #expect(try log.entries().count { $0["status"]?.integer == 499 } == 2 && log.count == 3)
    }
}
