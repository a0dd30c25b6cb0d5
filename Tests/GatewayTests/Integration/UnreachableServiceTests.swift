import JSON
import Testing

@Suite("A service that cannot be reached")
struct UnreachableServiceTests {
    /// What a gateway with that target answers; the client's connection lives on.
    private func expect(
        _ outcomes: Set<String>,
        from target: String,
        members: [String: String] = [:],
        method: String = "GET",
        body: String? = nil
    ) async throws {
        try await TestGateway.run(services: ["s": TestService(targets: [target], members: members)]) { gateway in
            let client = try gateway.client()
            let response = try client.request(method, "/x?q=1", body: body)
            let reason = try #require(response.reason)
            #expect(outcomes.contains("\(response.status) \(reason)"))
            response.expectFailure(reason, status: response.status)
            #expect(response.errorMessage?.isEmpty == false)
            // Nothing inside is named.
            let host = target.dropFirst("http://".count).split(separator: ":")[0]
            #expect(!response.text.contains(host))
            #expect(try client.livesOn())
        }
    }

    @Test("refuses the connection", arguments: [("GET", nil), ("POST", nil), ("POST", "a body"), ("DELETE", nil)])
    func refused(method: String, body: String?) async throws {
        let (holder, port) = try Socket.refusing()
        defer { holder.close() }
        try await expect(["502 UPSTREAM_CONNECT"], from: "http://127.0.0.1:\(port)", method: method, body: body)
    }

    /// The kernel knows no way for TCP to a broadcast address: ENETUNREACH on every machine.
    @Test("has no route to it")
    func noRoute() async throws {
        try await expect(["502 UPSTREAM_CONNECT"], from: "http://255.255.255.255:80")
    }

    @Test("drops what is sent to it, until the connect time-out")
    func connectTimeOut() async throws {
        let (listener, port) = try Socket.listen(backlog: 0)
        defer { listener.close() }
        // Fills the queue of a listener that accepts nothing; further connections are not answered.
        let filling = try Socket.connect(to: port)
        defer { filling.close() }
        let begin = TestClock.milliseconds()
        try await expect(
            ["504 UPSTREAM_TIMEOUT"],
            from: "http://127.0.0.1:\(port)",
            members: ["timeouts": #"{"connect":"200ms"}"#]
        )
        #expect(TestClock.milliseconds() - begin >= 200)
    }

    /// Where no resolver answers at all, the connect time-out comes first.
    @Test("has a name that is not found, or not within the connect time-out")
    func nameNotFound() async throws {
        try await expect(["502 UPSTREAM_CONNECT", "504 UPSTREAM_TIMEOUT"], from: "http://no-such-host.invalid:80")
    }
}
