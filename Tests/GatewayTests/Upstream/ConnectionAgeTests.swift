import Configuration
import HTTPWire
import NIOCore
import NIOPosix
import Testing

@testable import Gateway

@Suite("The age of connections to services")
struct ConnectionAgeTests {
    @Test("varies by a tenth, and there is none unless it is asked for")
    func jitter() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let ages = try await loop.submit { () -> [Int64?] in
            let context = LoopContext(eventLoop: loop, shortestTimeout: 1_000_000_000)
            func target(_ age: Int64?) -> UpstreamTarget {
                UpstreamTarget(
                    address: UpstreamTarget.Address(.http(host: "127.0.0.1", port: 80)),
                    loop: context,
                    idleLifetime: 1,
                    connectionAge: age,
                    idleLimit: 1,
                    limits: HTTPLimits()
                )
            }
            #expect(target(nil).drawAge() == nil)
            let aging = target(1_000_000)
            return (0..<1000).map { _ in aging.drawAge() }
        }.get()
        let drawn = ages.compactMap { $0 }
        #expect(drawn.count == 1000 && drawn.allSatisfy { (900_000...1_100_000).contains($0) })
        #expect((drawn.min() ?? 0) < 950_000 && (drawn.max() ?? 0) > 1_050_000)
        try await group.shutdownGracefully()
    }

    @Test("ends a connection in use after its request, and an idle one when it is over")
    func retires() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                if request.target == "/held" { try gate.wait() }
                try peer.send(ok())
            }
        }
        defer { gate.open() }
        let timeouts = ["timeouts": #"{"keepAlive":"60s","connectionAge":"1s"}"#]
        try await TestGateway.run(service: service, serviceMembers: timeouts, members: ["workers": "1"]) { gateway in
            let (steady, held) = (try gateway.client(), try gateway.client())
            let begin = TestClock.milliseconds()
            try held.sendRequest("GET", "/held")
            try service.wait(for: "the request that is held") { $0.heads == 1 }
            #expect(try steady.get("/").status == 200)
            // Idle: closed by its age, long before `keepAlive`.
            try service.waitForEnds(1)
            #expect(TestClock.milliseconds() - begin >= 900)
            // In use for longer than its age.
            #expect(service.connections == 2)
            gate.open()
            #expect(try held.read().status == 200)
            try service.waitForEnds(2)
            #expect(try steady.get("/").status == 200)
            #expect(service.connections == 3)
        }
    }

    /// Nothing looks at a connection's deadline sooner than the shortest time-out, which is 2 s here (a lingering close).
    @Test("keeps an idle connection that is over it from the next request")
    func overAge() async throws {
        let service = try ScriptedService.answering(ok())
        let timeouts = ["timeouts": #"{"keepAlive":"60s","connectionAge":"1s"}"#]
        try await TestGateway.run(service: service, serviceMembers: timeouts, members: ["workers": "1"]) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/").status == 200)
            let begin = TestClock.milliseconds()
            // A tenth more than 1 s at most.
            try await waitUntil("the age is over") { TestClock.milliseconds() - begin > 1150 }
            #expect(try client.get("/").status == 200)
            #expect(service.connections == 2)
        }
    }

    @Test("is no matter to a connection that is younger")
    func young() async throws {
        let service = try ScriptedService.answering(ok())
        let timeouts = ["timeouts": #"{"keepAlive":"60s","connectionAge":"1h"}"#]
        try await TestGateway.run(service: service, serviceMembers: timeouts, members: ["workers": "1"]) { gateway in
            let client = try gateway.client()
            for _ in 0..<3 { #expect(try client.get("/").status == 200) }
            #expect(service.connections == 1)
        }
    }
}
