import Configuration
import NIOCore
import Testing

@testable import Gateway

/// The file is read again while the gateway runs: what requests see, what goes on, and what is let go of.
@Suite("A gateway that takes over another configuration")
struct GenerationTests {
    /// The header rules of each generation write its number to the service and to the client.
    private static func routes(_ generation: Int) -> [String] {
        let mark = #"{"set":{"x-generation":"\#(generation)"}}"#
        let rules = #""auth":"none","requestHeaders":\#(mark),"responseHeaders":\#(mark)"#
        return [
            #"{"path":"/kept/**","service":"kept",\#(rules)}"#,
            #"{"path":"/changed/**","service":"changed",\#(rules)}"#,
            #"{"path":"/limited","service":"kept","auth":"none","rateLimit":{"by":"route","rate":"1/d","burst":4}}"#,
            #"{"path":"/ws","service":"sockets","auth":"none","upgrade":{"protocols":["websocket"]}}"#,
        ]
    }

    /// One route of a generation.
    private static func route(_ path: String, _ generation: Int) -> [String] {
        let mark = #"{"set":{"x-generation":"\#(generation)"}}"#
        return [
            #"{"path":"\#(path)","service":"s","auth":"none","requestHeaders":\#(mark),"responseHeaders":\#(mark)}"#
        ]
    }

    /// Tells each client which generation wrote the head of its request.
    private static func echo() throws -> ScriptedService {
        try ScriptedService.start { peer in
            while let request = try peer.readRequest() { try peer.send(ok(request["x-generation"] ?? "none")) }
        }
    }

    /// The services of the test. One of them says something else in every generation.
    private struct Services: Sendable {
        let kept: ScriptedService
        let changed: ScriptedService
        let sockets: ScriptedService

        init() throws {
            kept = try GenerationTests.echo()
            changed = try GenerationTests.echo()
            sockets = try EchoingWebSocket.start()
        }

        func configured(_ generation: Int) -> [String: TestService] {
            [
                "kept": .scripted(kept), "sockets": .scripted(sockets),
                "changed": .scripted(
                    changed,
                    ["timeouts": #"{"keepAlive":"60s","idle":"\#(60 + generation)s"}"#]
                ),
            ]
        }

        func stop() {
            for service in [kept, changed, sockets] { service.stop() }
        }
    }

    /// What clients have seen under load.
    private struct Load: Sendable {
        var isOver = false
        var responses = 0
        var faults: [String] = []
    }

    private static func load(_ gateway: TestGateway, _ load: Watched<Load>) throws -> [BlockingThread] {
        try (0..<3).map { _ in
            try BlockingThread {
                do {
                    let client = try gateway.client()
                    var last = 0
                    while !load.withLock({ $0.isOver }) {
                        for path in ["/kept/a", "/changed/a"] {
                            let response = try client.get(path)
                            let number = response["x-generation"].flatMap { Int($0) } ?? -1
                            let isRight = response.status == 200 && response.text == "\(number)" && number >= last
                            last = number
                            load.withLock { load in
                                load.responses += 1
                                if !isRight { load.faults.append("\(response.status) \(response.text) \(number)") }
                            }
                        }
                    }
                } catch {
                    load.withLock { $0.faults.append("\(error)") }
                }
            }
        }
    }

    /// What is alive of all generations, as the workers see it. Looked at on their loops alone.
    private final class Alive: Sendable {
        private struct Reference {
            weak var snapshot: Snapshot?
            weak var cluster: Cluster?
        }

        private let seen = Watched<[Reference]>([])

        /// Takes note of the generation in force.
        func note(_ gateway: TestGateway) async throws {
            try await gateway.gateway.workers.forEach { worker in
                let snapshot = worker.snapshot
                self.seen.withLock { seen in
                    seen.append(Reference(snapshot: snapshot))
                    for cluster in snapshot.clusters where !seen.contains(where: { $0.cluster === cluster }) {
                        seen.append(Reference(cluster: cluster))
                    }
                }
            }
        }

        /// How many snapshots and clusters are alive; each is only held by its own loop.
        func counts(_ gateway: TestGateway) async throws -> (snapshots: Int, clusters: Int) {
            let counts = Watched((snapshots: 0, clusters: 0))
            try await gateway.gateway.workers.forEach { _ in
                self.seen.withLock { seen in
                    for reference in seen {
                        if reference.snapshot != nil { counts.withLock { $0.snapshots += 1 } }
                        if reference.cluster != nil { counts.withLock { $0.clusters += 1 } }
                    }
                }
            }
            return counts.withLock { $0 }
        }
    }

    @Test("a hundred generations under load: each request is of one, and what did not change goes on")
    func hundred() async throws {
        let services = try Services()
        defer { services.stop() }
        let count = 100
        try await TestGateway.run(
            services: services.configured(0),
            routes: Self.routes(0),
            members: ["workers": "1"]
        ) { gateway in
            let alive = Alive()
            try await alive.note(gateway)
            let socket = try gateway.client()
            #expect(try socket.openWebSocket("/ws").status == 101)
            let limited = try gateway.client()
            for _ in 0..<2 { #expect(try limited.get("/limited").status == 200) }

            let load = Watched(Load())
            let threads = try Self.load(gateway, load)
            for generation in 1...count {
                let before = load.withLock { $0.responses }
                try await gateway.gateway.adopt(
                    gateway.configuration(
                        services: services.configured(generation),
                        routes: Self.routes(generation),
                        members: ["workers": "1"]
                    )
                )
                try await alive.note(gateway)
                try load.wait(for: "requests under generation \(generation)") {
                    $0.responses >= before + 12 || !$0.faults.isEmpty
                }
                try socket.send(.text("of \(generation)", mask: RawClient.mask))
                #expect(try socket.readFrame().string == "of \(generation)")
            }
            load.withLock { $0.isOver = true }
            for thread in threads { thread.join() }
            #expect(load.withLock { $0.faults } == [])
            #expect(try gateway.client().get("/kept/a")["x-generation"] == "\(count)")

            // The cluster that did not change kept its connections; the other one was made anew each time, and its former
            // connections are closed.
            #expect(services.kept.connections <= 6)
            #expect(services.changed.connections >= count)
            try services.changed.wait(for: "the connections of former clusters to end") {
                $0.ended >= $0.connections - 4
            }
            // Its buckets too: four requests a day, whatever the generation.
            #expect(try [1, 2, 3].map { _ in try limited.get("/limited").status } == [200, 200, 429])
            // No generation but the last is held, though their clients' connections and the tunnel are still there.
            try await waitUntil("former generations to be let go of") {
                try await alive.counts(gateway) == (snapshots: 1, clusters: 3)
            }
        }
    }

    @Test("a request that runs keeps what it began with, and the next one on its connection is of the new generation")
    func runningRequest() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                if request.target == "/held" { try gate.wait() }
                try peer.send(ok(request["x-generation"] ?? "none"))
            }
        }
        defer {
            gate.open()
            service.stop()
        }
        try await TestGateway.run(services: ["s": .scripted(service)], routes: Self.route("/held", 1)) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/held")
            try service.wait(for: "the request") { $0.requests.count == 1 }
            try await gateway.gateway.adopt(
                gateway.configuration(
                    services: ["s": .scripted(service, ["timeouts": #"{"keepAlive":"60s","idle":"5s"}"#])],
                    routes: Self.route("/new", 2)
                )
            )
            gate.open()
            let held = try client.read()
            #expect(held.status == 200 && held.text == "1" && held["x-generation"] == "1")
            // The same connection, another generation: the old route is gone, and so is the connection to the service.
            #expect(try client.get("/held").status == 404)
            try service.waitForEnds(1)
            let new = try client.get("/new")
            #expect(new.status == 200 && new.text == "2" && new["x-generation"] == "2")
            #expect(service.connections == 2)
        }
    }

    @Test("names, trusted proxies, key rules and time-outs of requests follow the generation on open connections")
    func settings() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(ok((request["x-forwarded-for"] ?? "") + " " + (request["x-token"] ?? "none")))
            }
        }
        defer { service.stop() }
        let services = ["s": TestService.scripted(service)]
        let tokens =
            #"{"issuer":"\#(TestGateway.issuer)","header":"x-token","signingKeys":"#
            + #"[{"id":"test-1","algorithm":"HS256","secret":{"value":"\#(TestGateway.secret)"}}]}"#
        try await TestGateway.run(services: services) { gateway in
            let client = try gateway.client()
            let fields = ["x-forwarded-for: 192.0.2.1", "x-token: abc"]
            #expect(try client.get("/a", fields: fields).text == "127.0.0.1 abc")
            try await gateway.gateway.adopt(
                gateway.configuration(
                    services: services,
                    routes: [TestGateway.openRoute],
                    members: ["trustedProxies": #"["127.0.0.0/8"]"#, "tokens": tokens]
                )
            )
            // The field carries the client's token now, which no service gets.
            #expect(try client.get("/a", fields: fields).text == "192.0.2.1, 127.0.0.1 none")
            #expect(service.connections == 1)
        }
    }

    private static let changesOfTokens: [@Sendable (inout TokensConfiguration) -> Void] = [
        { $0.issuer = "https://other.test" },
        { $0.lifetime = .seconds(60) },
        { $0.signingKeys[0].id = "test-2" },
    ]

    @Test("a handshake that the service answers under the next generation makes a tunnel that holds none")
    func handshake() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            try gate.wait()
            try peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n")
            _ = try peer.readToEnd()
        }
        defer {
            gate.open()
            service.stop()
        }
        let routes = [#"{"path":"/ws","service":"s","auth":"none","upgrade":{"protocols":["lines"]}}"#]
        let services = ["s": TestService.scripted(service)]
        try await TestGateway.run(services: services, routes: routes, members: ["workers": "1"]) { gateway in
            let alive = Alive()
            try await alive.note(gateway)
            let client = try gateway.client()
            try client.sendRequest("GET", "/ws", fields: ["Connection: Upgrade", "Upgrade: lines"])
            try service.wait(for: "the handshake") { $0.requests.count == 1 }
            try await gateway.gateway.adopt(
                gateway.configuration(services: services, routes: routes + [TestGateway.openRoute])
            )
            try await alive.note(gateway)
            gate.open()
            #expect(try client.readOne().status == 101)
            try await waitUntil("the former generation to be let go of") {
                try await alive.counts(gateway).snapshots == 1
            }
        }
    }

    @Test("a configuration that cannot be put in force changes nothing")
    func fault() async throws {
        let service = try ScriptedService.answering(ok("x"))
        defer { service.stop() }
        let services = ["s": TestService.scripted(service)]
        try await TestGateway.run(services: services) { gateway in
            #expect(try gateway.client().get("/a").status == 200)
            var changed = try gateway.configuration(services: services, routes: [TestGateway.openRoute])
            changed.tokens.signingKeys = []
            let broken = changed
            await #expect(throws: TokenRulesError.noKey) { try await gateway.gateway.adopt(broken) }
            // Logins would go on to sign with the former key, and for the former issuer and lifetime.
            for change in Self.changesOfTokens {
                var changed = try gateway.configuration(services: services, routes: [TestGateway.openRoute])
                change(&changed.tokens)
                let other = changed
                await #expect(throws: GenerationFault.tokensChanged) { try await gateway.gateway.adopt(other) }
            }
            #expect(try gateway.client().get("/a").status == 200)
            #expect(service.connections <= 2)
        }
    }
}
