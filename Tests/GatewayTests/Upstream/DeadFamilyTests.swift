import Configuration
import HTTPWire
import NIOCore
import NIOPosix
import Testing

@testable import Gateway

/// RFC 8305: the next address is tried 250 ms behind the one before, whatever the connect time-out.
@Suite("Addresses of a name that give no answer")
struct DeadFamilyTests {
    /// Longer than any test; waiting for it is what must not happen.
    private static let timeout = TimeAmount.seconds(60)
    /// Far below the time-out and far above what a busy machine takes.
    private static let bound = TimeAmount.seconds(20)

    private static let hasIPv6: Bool = {
        let group = MultiThreadedEventLoopGroup.singleton
        guard let channel = try? ServerBootstrap(group: group).bind(host: "::1", port: 0).wait() else { return false }
        return (try? channel.close().wait()) != nil
    }()

    /// Listens and takes no connections: the kernel's queue holds one or two, and who comes then hears nothing.
    private static func silent(_ host: String, _ group: any EventLoopGroup) async throws -> [any Channel] {
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 0)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: host, port: 0).get()
        var channels = [listener]
        let address = try #require(listener.localAddress)
        while channels.count < 20 {
            do {
                let client = ClientBootstrap(group: group).connectTimeout(.milliseconds(500))
                channels.append(try await client.connect(to: address).get())
            } catch ChannelError.connectTimeout {
                return channels
            }
        }
        Issue.record("the queue of \(host) is never full")
        return channels
    }

    private static func live(_ host: String, _ group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group).bind(host: host, port: 0).get()
    }

    /// Connects to a name with these addresses, as a worker does.
    ///
    /// - Returns: milliseconds until a connection stood.
    private static func connect(_ found: [SocketAddress], on loop: any EventLoop) async throws -> Int {
        let resolver = NameResolver { _ in .found(found) }
        defer { resolver.stop() }
        let promise = loop.makePromise(of: Void.self)
        let begin = TestClock.milliseconds()
        let (target, context) = try await loop.submit {
            let context = LoopContext(eventLoop: loop, shortestTimeout: 1_000_000_000)
            let target = UpstreamTarget(
                address: UpstreamTarget.Address(.http(host: "service.test", port: 80)),
                loop: context,
                idleLifetime: 1_000_000_000,
                idleLimit: 1,
                limits: HTTPLimits()
            )
            target.followName(with: resolver)
            target.connect(for: ConnectionCaller(promise), within: timeout.nanoseconds)
            return (NIOLoopBound(target, eventLoop: loop), NIOLoopBound(context, eventLoop: loop))
        }.get()
        let guarding = loop.scheduleTask(in: bound) { promise.fail(WaitedTooLong(what: "a connection")) }
        try await promise.futureResult.get()
        guarding.cancel()
        let elapsed = TestClock.milliseconds() - begin
        try await loop.submit {
            #expect(target.value.counters.connectionsMade == 1)
            // Nobody visits them here, and they hold what holds them.
            context.value.forgetDeadlines()
        }.get()
        return Int(elapsed)
    }

    @Test(
        "cost a quarter of a second and not the connect time-out, of whichever family they are",
        arguments: [("::1", "127.0.0.1"), ("127.0.0.1", "::1"), ("127.0.0.1", "127.0.0.1")]
    )
    func dead(_ dead: String, _ live: String) async throws {
        // Where there is no IPv6, the two of one family show it.
        guard Self.hasIPv6 || dead == live else { return }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let silent = try await Self.silent(dead, group)
        let answering = try await Self.live(live, group)
        let addresses = try [#require(silent.first?.localAddress), #require(answering.localAddress)]
        let elapsed = try await Self.connect(addresses, on: group.next())
        print("dead \(dead), live \(live): connected in \(elapsed) ms")
        // The first turn is the dead one's.
        #expect(elapsed >= 200)
        // Ends all of their connections as well.
        try await group.shutdownGracefully()
    }

    @Test(
        "the address whose turn it is comes first, whatever its family",
        arguments: [["127.0.0.1", "::1", "127.0.0.2"], ["::1", "127.0.0.1", "::2"], ["127.0.0.1"], ["::1"], []]
    )
    func order(_ texts: [String]) async throws {
        let addresses = try texts.map { try SocketAddress(ipAddress: $0, port: 80) }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let resolver = PresetResolver(addresses: loop.makeSucceededFuture(addresses))
        // NIO begins with this one.
        let first = try await resolver.initiateAAAAQuery(host: "", port: 80).get()
        let second = try await resolver.initiateAQuery(host: "", port: 80).get()
        #expect(first.first == addresses.first)
        #expect(first.allSatisfy { $0.protocol == addresses.first?.protocol })
        #expect(Set(first).isDisjoint(with: second) && Set(first + second) == Set(addresses))
    }

    @Test("with none that answers, the connect time-out is what ends it")
    func allDead() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let silent = try await Self.silent("127.0.0.1", group)
        let loop = group.next()
        let promise = loop.makePromise(of: Void.self)
        let address = try #require(silent.first?.localAddress)
        let port = try #require(address.port)
        try await loop.submit {
            let target = UpstreamTarget(
                address: UpstreamTarget.Address(.http(host: "127.0.0.1", port: port)),
                loop: LoopContext(eventLoop: loop, shortestTimeout: 1_000_000_000),
                idleLifetime: 1_000_000_000,
                idleLimit: 1,
                limits: HTTPLimits()
            )
            target.connect(for: ConnectionCaller(promise), within: 300_000_000)
        }.get()
        await #expect(throws: ServiceFault.connectTimedOut) { try await promise.futureResult.get() }
        try await group.shutdownGracefully()
    }
}
