import JSON
import Testing

/// Contract: a request is sent again only if nothing of it was sent, or it is idempotent and the connection had been used
/// before.
@Suite("A connection that dies while it is used again")
struct RepetitionTests {
    /// Answers the first request of a connection; what becomes of the second, `second` says. Connections from
    /// `good` on answer everything.
    private static func service(
        from good: Int,
        second: @escaping ScriptedService.Script
    ) throws -> ScriptedService {
        try ScriptedService.start { peer in
            var served = 0
            while try peer.readRequest() != nil {
                if peer.connection < good, served > 0 || peer.connection > 0 { return try second(peer) }
                served += 1
                try peer.send(ok("from \(peer.connection)"))
            }
        }
    }

    @Test(
        "an idempotent request without a body is sent again, once",
        arguments: ["GET", "HEAD", "OPTIONS", "DELETE", "PUT"]
    )
    func idempotent(method: String) async throws {
        let service = try Self.service(from: 1) { _ in }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/first").status == 200)
            let response = try client.request(method, "/second?a=b")
            #expect(response.status == 200)
            #expect(response.text == (method == "HEAD" ? "" : "from 1"))
            #expect(service.requests.map(\.target) == ["/first", "/second?a=b", "/second?a=b"])
            #expect(service.requests.map(\.connection) == [0, 0, 1])
            // The same request with the same id.
            #expect(service.requests[1]["x-request-id"] == service.requests[2]["x-request-id"])
            #expect(service.requests[2]["x-request-id"] == response["x-request-id"])
            #expect(try client.livesOn())
        }
    }

    struct Once: Sendable {
        var method: String
        var body: String?
    }

    @Test(
        "any other is never sent twice",
        arguments: [
            Once(method: "POST"), Once(method: "POST", body: "a body"), Once(method: "PATCH", body: "{}"),
            Once(method: "PUT", body: "a body"), Once(method: "MOVE"),
        ]
    )
    func neverTwice(request: Once) async throws {
        let service = try Self.service(from: 1) { _ in }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/first").status == 200)
            let response = try client.request(request.method, "/second", body: request.body)
            response.expectFailure("UPSTREAM_PROTOCOL", status: 502)
            #expect(service.requests.map(\.target) == ["/first", "/second"])
            #expect(service.connections == 1)
            #expect(try client.livesOn())
        }
    }

    @Test("a repetition that fails as well is the last")
    func lastAttempt() async throws {
        let service = try Self.service(from: 2) { _ in }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/first").status == 200)
            try client.get("/second").expectFailure("UPSTREAM_PROTOCOL", status: 502)
            #expect(service.requests.map(\.target) == ["/first", "/second", "/second"])
            #expect(service.connections == 2)
            #expect(try client.livesOn())
        }
    }

    /// One of several services, asked in turn from the first on, so that the request after a round is the first one's.
    private static func member(
        answering: @escaping @Sendable (ServicePeer, _ served: Int) -> Bool
    ) throws -> ScriptedService {
        try ScriptedService.start { peer in
            var served = 0
            while try peer.readRequest() != nil {
                guard answering(peer, served) else { return }
                served += 1
                try peer.send(ok("from \(peer.connection)"))
            }
        }
    }

    /// Closes its first connection at the second request, and those that follow at the first: a service that ends while
    /// its port still takes connections.
    private static func dying() throws -> ScriptedService {
        try member { peer, served in peer.connection == 0 && served == 0 }
    }

    @Test(
        "what a closed connection lost goes to another target, not to one that may be ending",
        arguments: [false, true]
    )
    func elsewhere(isHashed: Bool) async throws {
        let dying = try Self.dying()
        let good = try Self.member { _, _ in true }
        defer {
            dying.stop()
            good.stop()
        }
        let members = isHashed ? ["balance": #"{"hash":{"header":"x-key"}}"#] : [:]
        try await TestGateway.run(
            services: ["s": .ports([dying.port, good.port], members)],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            // Finds a key that the dying one gets.
            var fields: [String] = []
            for number in 0..<64 where isHashed && dying.heads == 0 {
                fields = ["x-key: \(number)"]
                #expect(try client.get("/warm", fields: fields).status == 200)
            }
            if !isHashed { for _ in 0..<2 { #expect(try client.get("/warm").status == 200) } }
            try #require(dying.heads == 1)
            let before = good.connections
            let response = try client.get("/x", fields: fields)
            #expect(response.status == 200)
            #expect(dying.requests.map(\.target) == ["/warm", "/x"])
            let again = try #require(good.requests.last { $0.target == "/x" })
            // On a connection of its own, under its own name.
            #expect(again.connection == before)
            #expect(again["host"] == "127.0.0.1:\(good.port)")
            #expect(again["x-request-id"] == response["x-request-id"])
            #expect(await gateway.count("retries") == 1)
            #expect(await gateway.count("failures/closed", target: 0) == 0)
            #expect(try client.livesOn())
        }
    }

    @Test("it takes nothing from what `retries` allow: where the next one fails as well, a third answers")
    func third() async throws {
        let dying = try Self.dying()
        let other = try Self.dying()
        let good = try Self.member { _, _ in true }
        defer { for service in [dying, other, good] { service.stop() } }
        try await TestGateway.run(
            services: ["s": .ports([dying.port, other.port, good.port], ["retries": "{}"])],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            for _ in 0..<3 { #expect(try client.get("/warm").status == 200) }
            #expect(try client.get("/x").status == 200)
            for service in [dying, other, good] { #expect(service.requests.map(\.target) == ["/warm", "/x"]) }
            #expect(other.connections == 2 && good.connections == 2)
            #expect(await gateway.count("failures/closed", target: 1) == 1)
            #expect(await gateway.count("retries") == 2)
        }
    }

    @Test("the target of the closed connection is asked again where no other can be reached")
    func nobodyElse() async throws {
        let restarted = try Self.member { peer, served in peer.connection > 0 || served < 2 }
        let (holder, port) = try Socket.refusing()
        defer {
            restarted.stop()
            holder.close()
        }
        try await TestGateway.run(
            services: ["s": .ports([restarted.port, port])],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            for _ in 0..<2 { #expect(try client.get("/warm").status == 200) }
            let response = try client.get("/x")
            #expect(response.status == 200 && response.text == "from 1")
            #expect(restarted.requests.map(\.target) == ["/warm", "/warm", "/x", "/x"])
            #expect(restarted.requests.last?["host"] == "127.0.0.1:\(restarted.port)")
            // Once for the second request, and once for the third.
            #expect(await gateway.count("failures/connect", target: 1) == 2)
            #expect(await gateway.count("failovers") == 2)
        }
    }

    @Test("a POST goes nowhere else, with or without a body", arguments: [nil, "a body"])
    func postStays(body: String?) async throws {
        let dying = try Self.dying()
        let good = try Self.member { _, _ in true }
        defer {
            dying.stop()
            good.stop()
        }
        try await TestGateway.run(
            services: ["s": .ports([dying.port, good.port], ["retries": "{}"])],
            members: ["workers": "1"]
        ) { gateway in
            let client = try gateway.client()
            for _ in 0..<2 { #expect(try client.get("/warm").status == 200) }
            try client.request("POST", "/x", body: body).expectFailure("UPSTREAM_PROTOCOL", status: 502)
            #expect(dying.requests.map(\.target) == ["/warm", "/x"])
            #expect(good.requests.map(\.target) == ["/warm"])
        }
    }

    @Test("a reset counts as a close")
    func reset() async throws {
        let service = try Self.service(from: 1) { peer in peer.reset() }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/first").status == 200)
            #expect(try client.get("/second").text == "from 1")
            #expect(service.requests.map(\.connection) == [0, 0, 1])
        }
    }

    @Test("garbage, or an answer that does not come, is no reason to ask again", arguments: ["garbage", ""])
    func otherFaults(bytes: String) async throws {
        let service = try Self.service(from: 1) { peer in
            try peer.send(bytes)
            _ = try peer.readToEnd()
        }
        try await TestGateway.run(service: service, serviceMembers: ["timeouts": #"{"firstByte":"200ms"}"#]) {
            gateway in
            let client = try gateway.client()
            #expect(try client.get("/first").status == 200)
            let response = try client.get("/second")
            #expect(response.outcome == (bytes.isEmpty ? "504 30000 UPSTREAM_TIMEOUT" : "502 30000 UPSTREAM_PROTOCOL"))
            #expect(service.connections == 1)
            #expect(service.requests.count == 2)
        }
    }

    @Test("a connection that its service closed while idle is not used", arguments: [true, false])
    func closedWhileIdle(announced: Bool) async throws {
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try peer.send(ok("from \(peer.connection)", fields: announced ? ["Connection: close"] : []))
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            for number in 0..<3 {
                let response = try client.request("POST", "/", body: "b")
                #expect(response.text == "from \(number)")
                #expect(response["connection"] == nil)
                try service.waitForEnds(number + 1)
                // One more turn of the same loop, which sees the close first.
                #expect(try client.livesOn())
            }
            #expect(service.requests.count == 3)
        }
    }
}
