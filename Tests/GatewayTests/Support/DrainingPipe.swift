import NIOCore

/// Stands between a connection and its channel. Once it is broken, a flush delivers what it holds to the connection and
/// closes the channel, all within the flush: so NIO does where the kernel refuses a write, since it reads the socket dry
/// first.
final class DrainingPipe: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    var isBroken: Bool
    /// What the socket still holds, read by read.
    var held: [String]

    init(isBroken: Bool = false, held: [String] = []) {
        self.isBroken = isBroken
        self.held = held
    }

    func flush(context: ChannelHandlerContext) {
        guard isBroken else { return context.flush() }
        let reads = held
        held = []
        for text in reads { context.fireChannelRead(NIOAny(ByteBuffer(string: text))) }
        context.close(promise: nil)
    }
}
