import Configuration
import HTTPWire
import NIOCore
import NIOPosix
import Testing

@testable import Gateway

@Suite("The end of a worker, while connections to a target are made")
struct TargetEndTests {
    private static func target(_ host: String, _ port: Int, on loop: any EventLoop) -> UpstreamTarget {
        UpstreamTarget(
            address: UpstreamTarget.Address(.http(host: host, port: port)),
            loop: LoopContext(eventLoop: loop, shortestTimeout: 1_000_000_000),
            idleLifetime: 1_000_000_000,
            idleLimit: 1,
            limits: HTTPLimits()
        )
    }

    /// Connects, and ends the target at once.
    private static func connect(_ host: String, _ port: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let promise = loop.makePromise(of: Void.self)
        try await loop.submit {
            let target = Self.target(host, port, on: loop)
            target.connect(for: ConnectionCaller(promise), within: 60_000_000_000)
            target.end()
            #expect(target.isEnded && target.isDraining)
        }.get()
        let guarding = loop.scheduleTask(in: .seconds(20)) { promise.fail(WaitedTooLong(what: "the end")) }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await promise.futureResult.get())
        } catch {
            outcome = .failure(error)
        }
        guarding.cancel()
        try await group.shutdownGracefully()
        try outcome.get()
    }

    @Test("fails those who wait for the addresses of its name")
    func waiting() async throws {
        await #expect(throws: ServiceFault.nameNotFound) { try await Self.connect("service.test", 80) }
    }

    @Test("closes a connection that stands too late")
    func late() async throws {
        let service = try ScriptedService.answering("")
        defer { service.stop() }
        await #expect(throws: ServiceFault.connectFailed) { try await Self.connect("127.0.0.1", service.port) }
        try service.waitForEnds(1)
        #expect(service.connections == 1 && service.heads == 0)
    }
}
