import NIOCore
import NIOPosix

/// Passes the bytes of one connection to another and back; when one ends, so does the other.
final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: (any Channel)?
    private var early: [ByteBuffer] = []
    private var hasEnded = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let partner else { return early.append(bytes) }
        partner.writeAndFlush(bytes, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        partner?.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Connects to a port of this machine and puts a relay on each side. On the loop of `channel`, which keeps its own.
    func connect(_ channel: any Channel, to port: Int) {
        let own = NIOLoopBound(self, eventLoop: channel.eventLoop)
        ClientBootstrap(group: channel.eventLoop)
            .channelInitializer { other in
                other.eventLoop.makeCompletedFuture {
                    let relay = Relay()
                    relay.partner = channel
                    try other.pipeline.syncOperations.addHandler(relay)
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                // The channel itself may not be active yet: on loopback this connection can stand before it is registered.
                guard case .success(let other) = result, !own.value.hasEnded else {
                    if case .success(let other) = result { other.close(promise: nil) }
                    return channel.close(promise: nil)
                }
                own.value.partner = other
                for bytes in own.value.early { other.writeAndFlush(bytes, promise: nil) }
                own.value.early = []
            }
    }
}
