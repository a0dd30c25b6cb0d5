import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// An HTTP proxy that does nothing but CONNECT (RFC 9110, section 9.3.6), and brings every tunnel to one port of this
/// machine, whatever authority was asked for.
package final class ConnectProxy: Sendable {
    package let port: Int
    private let channel: any Channel
    private let heads: NIOLockedValueBox<[String]>

    private init(_ channel: any Channel, _ heads: NIOLockedValueBox<[String]>) {
        self.channel = channel
        self.heads = heads
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    /// - Parameters:
    ///   - backend: the port that tunnels end at.
    ///   - status: instead of a tunnel, this status and the end of the connection.
    package static func start(to backend: Int, refusingWith status: Int? = nil) async throws -> ConnectProxy {
        let heads = NIOLockedValueBox<[String]>([])
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let reader = ConnectReader(backend: backend, status: status) { head in
                        heads.withLockedValue { $0.append(head) }
                    }
                    try channel.pipeline.syncOperations.addHandler(reader)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ConnectProxy(channel, heads)
    }

    package var url: String { "http://127.0.0.1:\(port)" }
    /// The heads of all requests, to the empty line.
    package var requests: [String] { heads.withLockedValue { $0 } }
}

private final class ConnectReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let backend: Int
    private let status: Int?
    private let report: (String) -> Void
    private var inbound = ""

    init(backend: Int, status: Int?, report: @escaping (String) -> Void) {
        self.backend = backend
        self.status = status
        self.report = report
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A client sends nothing behind the head before it has its answer.
        inbound += String(buffer: unwrapInboundIn(data))
        guard inbound.hasSuffix("\r\n\r\n") else { return }
        report(inbound)
        guard status == nil, inbound.hasPrefix("CONNECT ") else {
            let text = "HTTP/1.1 \(status ?? 405) X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            return context.close(promise: nil)
        }
        let relay = Relay()
        let channel = context.channel
        do {
            try context.pipeline.syncOperations.addHandler(relay)
        } catch {
            return context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n")), promise: nil)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        relay.connect(channel, to: backend)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
