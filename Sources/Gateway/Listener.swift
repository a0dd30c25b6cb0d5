import Configuration
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#endif

/// An address that is listened on, and how its connections are served.
struct Listener: Sendable {
    private let channel: any Channel
    private let side: ListenerSide
    private let workers: Workers
    private let group: MultiThreadedEventLoopGroup

    /// The kernel's choice where the configuration says 0.
    var port: Int? { channel.localAddress?.port }

    /// Begins to listen.
    ///
    /// - Parameter pause: makes what stops it from accepting while there are no descriptors.
    /// - Throws: ``GatewayStartFailure``.
    init(
        _ address: ListenAddress,
        side: ListenerSide,
        workers: Workers,
        group: MultiThreadedEventLoopGroup,
        pause: @escaping @Sendable () -> AcceptPause
    ) async throws {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Inherited by the connections. Bounded, since NIO reads all that the kernel holds once the peer has closed,
            // whatever the other side can take.
            .serverChannelOption(.socketOption(.so_rcvbuf), value: 256 * 1024)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(pause()) }
            }
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.serve(channel, workers, side) }
            }
        do {
            channel = try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            throw GatewayStartFailure(listeningOn: address, error)
        }
        self.side = side
        self.workers = workers
        self.group = group
    }

    private static func serve(_ channel: any Channel, _ workers: Workers, _ side: ListenerSide) throws {
        guard let worker = workers.worker(on: channel.eventLoop) else { throw ChannelError.ioOnClosedChannel }
        let allocator = LoopReceiveAllocator(worker.loop.clientReads)
        try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        let peer = PeerAddress(channel.remoteAddress)
        let connection = HTTP1Connection(shared: worker.clients, isLimited: side == .traffic)
        // First: a connection and its receiver hold each other until the channel's end.
        try channel.pipeline.syncOperations.addHandler(connection)
        switch side {
        case .traffic:
            connection.serve(Exchange(worker: worker, stream: connection, peer: peer))
        case .admin:
            connection.serve(
                AdminExchange(worker: worker, stream: connection, peer: peer, localAddress: channel.localAddress)
            )
        }
    }

    // MARK: - The end

    /// How long those whom the kernel is letting in may take: a round trip to a load balancer, with something to spare.
    static let roundTrip: Int64 = 100_000_000

    /// Lets nobody new in. Who asks is not answered, asks again after a second, and is refused then.
    func turnAway() async throws {
        try await channel.eventLoop.submit { [channel] in
            _ = Self.withDescriptor(of: channel) { NewcomerFilter.attach(to: $0) }
        }.get()
    }

    /// Closes. Whoever the kernel has let in before is served: a close by itself would reset those who wait in its queue,
    /// and those whom NIO is about to give to their loop.
    func close() async throws {
        guard channel.isActive else { return }
        try await channel.eventLoop.submit { [channel] in
            if let options = channel.syncOptions { try options.setOption(.autoRead, value: false) }
        }.get()
        // What was accepted before has reached its loop then, and the listener has heard of it.
        try await workers.forEach { _ in }
        try await channel.eventLoop.submit {}.get()
        let (waiting, closed) = try await channel.eventLoop.submit { [channel] in
            (Self.withDescriptor(of: channel, Self.acceptWaiting) ?? [], channel.close())
        }.get()
        for descriptor in waiting { await adopt(descriptor) }
        try await closed.get()
    }

    private static func withDescriptor<Result>(of channel: any Channel, _ body: (CInt) -> Result) -> Result? {
        try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { body($0) }
    }

    /// The connections in the kernel's queue.
    private static func acceptWaiting(_ listener: CInt) -> [CInt] {
        var waiting: [CInt] = []
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                waiting.append(descriptor)
            } else if errno != EINTR, errno != ECONNABORTED {
                return waiting
            }
        }
    }

    private func adopt(_ descriptor: CInt) async {
        let bootstrap = ClientBootstrap(group: group)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { [workers, side] channel in
                channel.eventLoop.makeCompletedFuture { try Self.serve(channel, workers, side) }
            }
        do {
            _ = try await bootstrap.withConnectedSocket(descriptor).get()
        } catch {
            // The client is gone.
        }
    }
}
