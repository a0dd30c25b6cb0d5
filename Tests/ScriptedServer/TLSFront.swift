package import Cryptography
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TLS

/// TLS in front of a server of this machine: ends the connections of clients at a port of its own and passes plaintext
/// both ways.
package final class TLSFront: Sendable {
    package let port: Int
    private let channel: any Channel
    private let counters: NIOLockedValueBox<Counters>

    private struct Counters {
        var connections = 0
        var handshakes = 0
    }

    private init(_ channel: any Channel, _ counters: NIOLockedValueBox<Counters>) {
        self.channel = channel
        self.counters = counters
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    /// - Parameters:
    ///   - identity: what it shows its clients.
    ///   - backend: the port that plaintext goes to.
    package static func start(_ identity: CertifiedKey, to backend: Int) async throws -> TLSFront {
        let context = try TLSContext.server(identity: identity)
        let counters = NIOLockedValueBox(Counters())
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    counters.withLockedValue { $0.connections += 1 }
                    let relay = Relay()
                    let counter = HandshakeCounter { counters.withLockedValue { $0.handshakes += 1 } }
                    let tls = TLSHandler(try TLSEngine(server: context))
                    try channel.pipeline.syncOperations.addHandlers([tls, counter, relay] as [any ChannelHandler])
                    relay.connect(channel, to: backend)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TLSFront(channel, counters)
    }

    package var baseURL: String { "https://127.0.0.1:\(port)" }
    /// How many connections there were.
    package var connections: Int { counters.withLockedValue { $0.connections } }
    /// How many of them came to the end of the handshake.
    package var handshakes: Int { counters.withLockedValue { $0.handshakes } }
}

private final class HandshakeCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let completed: () -> Void

    init(completed: @escaping () -> Void) { self.completed = completed }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSEvent { completed() }
        context.fireUserInboundEventTriggered(event)
    }
}
