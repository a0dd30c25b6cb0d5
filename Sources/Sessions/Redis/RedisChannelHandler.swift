import NIOCore

/// Turns what a connection brings into replies.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reader: RESPReader
    private let received: (RESPValue) -> Void
    private let ended: (RedisStoreEvent.Loss) -> Void
    private var loss = RedisStoreEvent.Loss.connection

    init(
        received: @escaping (RESPValue) -> Void,
        ended: @escaping (RedisStoreEvent.Loss) -> Void
    ) throws(RESPError) {
        reader = try RESPReader()
        self.received = received
        self.ended = ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard loss == .connection else { return }
        do {
            try reader.feed(unwrapInboundIn(data))
            while let value = try reader.next() { received(value) }
        } catch {
            loss = .malformed
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended(loss)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
