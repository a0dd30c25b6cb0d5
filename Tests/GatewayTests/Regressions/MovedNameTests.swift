import NIOCore
import Testing

@testable import Gateway

/// A kept connection once outlived its address: as long as requests came, nobody looked where the name had gone, and an
/// added address got none of them.
@Suite("A name whose addresses change under steady traffic")
struct MovedNameTests {
    /// What the name resolves to: ports stand for addresses.
    private final class Names: Sendable {
        private let ports: Watched<[Int]>

        init(_ ports: [Int]) { self.ports = Watched(ports) }

        func change(to ports: [Int]) { self.ports.withLock { $0 = ports } }

        func resolver() -> NameResolver {
            var limits = ResolverSchedule.Limits()
            limits.interval = 20_000_000
            return NameResolver(limits: limits) { _ in
                .found(self.ports.withLock { $0 }.compactMap { try? SocketAddress(ipAddress: "127.0.0.1", port: $0) })
            }
        }
    }

    /// A service that answers at once, but where a target has a gate only once that is open.
    private static func holding(_ gates: [String: Gate]) throws -> ScriptedService {
        try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try gates[request.target]?.wait()
                try peer.send(ok())
            }
        }
    }

    /// Lets the gateway make two connections to a service: a request is answered while another is held at the gate.
    private static func connectTwice(
        _ client: RawClient,
        _ other: RawClient,
        to service: ScriptedService,
        _ gate: Gate
    ) throws {
        try other.sendRequest("GET", "/held")
        try service.wait(for: "the request that is held") { $0.heads == 1 }
        #expect(try client.get("/").status == 200)
        gate.open()
        #expect(try other.read().status == 200)
    }

    private static func run(
        _ names: Names,
        _ members: [String: String] = [:],
        _ body: @Sendable (TestGateway) async throws -> Void
    ) async throws {
        let service = TestService(targets: ["http://service.test"], members: members)
        try await TestGateway.run(
            services: ["s": service],
            members: ["workers": "1"],
            resolver: names.resolver(),
            body
        )
    }

    @Test("requests follow it; one under way at the former address is answered, and its connection retired")
    func moves() async throws {
        let gate = Gate()
        let old = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                if request.target == "/held" { try gate.wait() }
                try peer.send(ok())
            }
        }
        let new = try ScriptedService.answering(ok())
        defer {
            gate.open()
            old.stop()
            new.stop()
        }
        let names = Names([old.port])
        try await Self.run(names) { gateway in
            let (steady, held) = (try gateway.client(), try gateway.client())
            try held.sendRequest("GET", "/held")
            try old.wait(for: "the request that is held") { $0.heads == 1 }
            for _ in 0..<3 { #expect(try steady.get("/").status == 200) }
            #expect(old.connections == 2)
            names.change(to: [new.port])
            // The idle connection goes as soon as its address is gone.
            try old.waitForEnds(1)
            for _ in 0..<5 { #expect(try steady.get("/").status == 200) }
            #expect(old.heads == 4 && new.heads == 5)
            #expect(old.seen.ended == 1)
            gate.open()
            #expect(try held.read().status == 200)
            try old.waitForEnds(2)
            #expect(old.connections == 2 && new.connections == 1)
        }
    }

    @Test("each address has an equal share of the requests, added ones too")
    func grows() async throws {
        let services = try (0..<3).map { _ in try ScriptedService.answering(ok()) }
        defer { for service in services { service.stop() } }
        let names = Names([services[0].port])
        try await Self.run(names) { gateway in
            let client = try gateway.client()
            for _ in 0..<5 { #expect(try client.get("/").status == 200) }
            #expect(services[0].heads == 5)
            names.change(to: services.map(\.port))
            try await waitUntil("requests at each address") {
                try client.get("/").status == 200 && services.allSatisfy { $0.heads > 0 }
            }
            let before = services.map(\.heads)
            for _ in 0..<30 { #expect(try client.get("/").status == 200) }
            #expect(zip(services, before).map { $0.heads - $1 } == [10, 10, 10])
            // No request waited for a connection where one was idle, and none was made for nothing.
            #expect(services.map(\.connections) == [1, 1, 1])
        }
    }

    @Test("where the service may have no more connections, an added address gets one of those that stand")
    func growsWithinLimit() async throws {
        let added = try ScriptedService.answering(ok())
        let gate = Gate()
        let first = try Self.holding(["/held": gate])
        defer {
            gate.open()
            first.stop()
            added.stop()
        }
        let names = Names([first.port])
        try await Self.run(names, ["connections": "2"]) { gateway in
            let (client, other) = (try gateway.client(), try gateway.client())
            try Self.connectTwice(client, other, to: first, gate)
            #expect(first.connections == 2)
            names.change(to: [first.port, added.port])
            try await waitUntil("a request at the added address") {
                try client.get("/").status == 200 && added.heads > 0
            }
            let before = [first.heads, added.heads]
            for _ in 0..<20 { #expect(try client.get("/").status == 200) }
            #expect([first.heads - before[0], added.heads - before[1]] == [10, 10])
            try first.waitForEnds(1)
            #expect(first.connections == 2 && first.seen.ended == 1 && added.connections == 1)
        }
    }

    /// As in a worker that has one of the service's connections, with as many as there are workers.
    @Test("a worker's only connection goes to an added address, and requests with it")
    func growsWithOneConnection() async throws {
        let services = try (0..<2).map { _ in try ScriptedService.answering(ok()) }
        defer { for service in services { service.stop() } }
        let names = Names([services[0].port])
        try await Self.run(names, ["connections": "1"]) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/").status == 200)
            names.change(to: services.map(\.port))
            try await waitUntil("a request at the added address") {
                let isAnswered = try client.get("/").status == 200
                #expect(isAnswered)
                return services[1].heads > 0
            }
            try services[0].waitForEnds(1)
            #expect(services.map(\.connections) == [1, 1])
        }
    }

    /// The turn of the added address is the one of the long request, or the one behind it.
    @Test("a long answer does not keep an added address from its share", arguments: [0, 1])
    func growsBesideLongAnswer(_ requestsBefore: Int) async throws {
        let added = try ScriptedService.answering(ok())
        let (gate, long) = (Gate(), Gate())
        let first = try Self.holding(["/held": gate, "/long": long])
        defer {
            gate.open()
            long.open()
            first.stop()
            added.stop()
        }
        let names = Names([first.port])
        try await Self.run(names, ["connections": "2"]) { gateway in
            let (client, other) = (try gateway.client(), try gateway.client())
            try Self.connectTwice(client, other, to: first, gate)
            names.change(to: [first.port, added.port])
            try await waitUntil("two addresses") { try await Self.resting(gateway).count == 2 }
            for _ in 0..<requestsBefore { #expect(try client.get("/").status == 200) }
            let heads = first.heads
            try other.sendRequest("GET", "/long")
            try first.wait(for: "the long request") { $0.heads > heads }
            try await waitUntil("a request at the added address") {
                try client.get("/").status == 200 && added.heads > 0
            }
            #expect(first.connections == 2 && added.connections == 1)
            long.open()
            #expect(try other.read().status == 200)
        }
    }

    @Test("an address that takes a request and never answers it gets no further ones, until it answers again")
    func hangs() async throws {
        let service = try ScriptedService.answering(ok())
        let hasHung = Watched(false)
        let hanging = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                let isFirst = hasHung.withLock { hung in
                    defer { hung = true }
                    return !hung
                }
                if isFirst {
                    _ = try peer.readToEnd()
                    return
                }
                try peer.send(ok())
            }
        }
        defer {
            service.stop()
            hanging.stop()
        }
        let names = Names([service.port, hanging.port])
        try await Self.run(names, ["timeouts": #"{"firstByte":"1s"}"#]) { gateway in
            let client = try gateway.client()
            try await waitUntil("a request that is not answered") { try client.get("/").status == 504 }
            #expect(try await Self.resting(gateway) == [false, true])
            try await waitUntil("an answer of the address that hung") {
                let isAnswered = try client.get("/").status == 200
                #expect(isAnswered)
                return hanging.heads > 1
            }
            #expect(try await Self.resting(gateway) == [false, false])
        }
    }

    /// For each address of the name whether it had a failure since its last answer.
    private static func resting(_ gateway: TestGateway) async throws -> [Bool] {
        let found = Watched<[Bool]>([])
        try await gateway.gateway.workers.forEach { worker in
            let slots = worker.snapshot.clusters[0].targets[0].pools.slots
            found.withLock { $0 = slots.map { $0.backoffEnd != .min } }
        }
        return found.withLock { $0 }
    }

    @Test("an added address that refuses connections costs no request anything")
    func refuses() async throws {
        let service = try ScriptedService.answering(ok())
        let (holder, port) = try Socket.refusing()
        defer {
            holder.close()
            service.stop()
        }
        let names = Names([service.port])
        try await Self.run(names) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/").status == 200)
            names.change(to: [service.port, port])
            try await waitUntil("an attempt at the address that refuses") {
                let isAnswered = try client.get("/").status == 200
                #expect(isAnswered)
                return await gateway.count("connections.made", target: 0) > 1
            }
            for _ in 0..<20 { #expect(try client.get("/").status == 200) }
            #expect(service.connections == 1)
            #expect(await gateway.count("failures/connect", target: 0) == 0)
        }
    }
}
