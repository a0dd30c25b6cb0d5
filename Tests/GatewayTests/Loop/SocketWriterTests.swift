import NIOCore
import NIOPosix
import RandomJSON
import Testing

@testable import Gateway

@Suite("Writing past the channel")
struct SocketWriterTests {
    /// What one connection wrote, and by which way.
    private struct Account: Sendable {
        var written: [UInt8] = []
        var whole = 0
        var partly = 0
        var refused = 0
    }

    /// A connection that writes as the gateway's do. Everything happens on its loop.
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let channel: any Channel
        private let writer = SocketWriter()
        private(set) var account = Account()

        init(_ channel: any Channel) {
            self.channel = channel
            writer.open(channel)
        }

        private func next(_ count: Int) -> ByteBuffer {
            let start = account.written.count
            let bytes = (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            account.written += bytes
            return ByteBuffer(bytes: bytes)
        }

        func writeThroughChannel(_ count: Int) {
            writer.channelTakes()
            channel.write(next(count), promise: nil)
        }

        func send(_ count: Int) {
            var bytes = next(count)
            let sent = writer.send(bytes, over: channel)
            switch sent {
            case 0: account.refused += 1
            case count: account.whole += 1
            default: account.partly += 1
            }
            if sent < count {
                bytes.moveReaderIndex(forwardBy: sent)
                writer.channelTakes()
                channel.write(bytes, promise: nil)
            }
            flush()
        }

        func flush() {
            if writer.takeFlush() { channel.flush() }
        }

        /// Closes the channel and tries to write five bytes.
        ///
        /// - Returns: how many of them went out, and whether the channel says that it is open.
        func sendAfterClose() -> (sent: Int, isOpen: Bool) {
            channel.close(promise: nil)
            return (writer.send(ByteBuffer(string: "after"), over: channel), channel.isActive)
        }

        func channelInactive(context: ChannelHandlerContext) {
            writer.close()
        }
    }

    /// Runs the body with a connection of the loop's and the client at its other end, in a thread of its own.
    private static func run(
        _ body: @escaping @Sendable (RawClient, any EventLoop, NIOLoopBound<Connection>) throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let accepted = loop.makePromise(of: NIOLoopBound<Connection>.self)
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.socketOption(.so_sndbuf), value: 4096)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection(channel)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    accepted.succeed(NIOLoopBound(connection, eventLoop: channel.eventLoop))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            let client = try RawClient(port: port, receiveBuffer: 4096)
            try await body(client, loop, accepted.futureResult.get())
            client.close()
        }
        try await group.shutdownGracefully()
    }

    @Test("keeps all bytes in their order, whatever goes which way and however slowly the other side reads")
    func order() async throws {
        try await Self.run { client, loop, connection in
            var random = SeededGenerator()
            print("writing past the channel: MENSHEN_TEST_SEED=\(random.seed)")
            var received: [UInt8] = []
            for _ in 0..<400 {
                let count = Int.random(in: 1...(Bool.random(using: &random) ? 300 : 20_000), using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0: try loop.submit { connection.value.writeThroughChannel(count) }.wait()
                case 1: try loop.submit { connection.value.flush() }.wait()
                default: try loop.submit { connection.value.send(count) }.wait()
                }
                let written = try loop.submit { connection.value.account.written.count }.wait()
                // Half the time the client catches up, so that both ways are taken.
                if Bool.random(using: &random) {
                    try loop.submit { connection.value.flush() }.wait()
                    while received.count < written { received += try client.socket.receive() }
                }
            }
            let account = try loop.submit {
                connection.value.flush()
                return connection.value.account
            }.wait()
            while received.count < account.written.count { received += try client.socket.receive() }
            #expect(received == account.written)
            #expect(account.whole > 0)
            #expect(account.partly > 0)
            #expect(account.refused > 0)
        }
    }

    @Test("ends with the channel, whose descriptor may be another's then")
    func closed() async throws {
        try await Self.run { _, loop, connection in
            let (sent, isOpen) = try loop.submit {
                connection.value.send(1)
                return connection.value.sendAfterClose()
            }.wait()
            #expect(sent == 0)
            #expect(!isOpen)
        }
    }
}
