import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import TLS

/// One connection of a sample server: reads requests, calls the responder, and sends the response as it demands.
///
/// It is behind NIO's pipelining handler, so it handles one request at a time.
final class StandInRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case reading(ServedRequest, keepAlive: Bool)
        case responding
        case filling(remaining: Int64, keepAlive: Bool)
        case ended
    }

    /// The maximum number of bytes that `filling` sends in one turn of the loop.
    private static let bytesPerTurn: Int64 = 1 << 20

    private let responder: any Responder
    private let isSecure: Bool
    private var state = State.idle
    private var isWriting = false
    private var pattern: ByteBuffer?

    /// - Parameter isSecure: whether the connection is TLS.
    init(_ responder: any Responder, isSecure: Bool) {
        self.responder = responder
        self.isSecure = isSecure
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle):
            state = .reading(
                ServedRequest(head, localAddress: context.channel.localAddress, isSecure: isSecure),
                keepAlive: head.isKeepAlive
            )
        case (.body(let part), .reading(var request, let keepAlive)):
            request.bodyBytes += Int64(part.readableBytes)
            let room = responder.bodyLimit - request.body.count
            if room > 0 { request.body.append(contentsOf: part.readableBytesView.prefix(room)) }
            state = .reading(request, keepAlive: keepAlive)
        case (.end, .reading(let request, let keepAlive)):
            state = .responding
            schedule(responder.respond(to: request), to: request.method, keepAlive: keepAlive, context: context)
        default:
            break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            switch state {
            case .idle, .reading: end(context)
            case .responding, .filling, .ended: break
            }
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        fill(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = .ended
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context) }

    private func schedule(
        _ response: StandInResponse,
        to method: HTTPMethod,
        keepAlive: Bool,
        context: ChannelHandlerContext
    ) {
        guard response.delay > .zero else {
            perform(response, to: method, keepAlive: keepAlive, context: context)
            return
        }
        // Both live on this loop: the bound values are not sent anywhere.
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: response.delay) {
            let (handler, context) = bound.value
            handler.perform(response, to: method, keepAlive: keepAlive, context: context)
        }
    }

    private func perform(
        _ response: StandInResponse,
        to method: HTTPMethod,
        keepAlive: Bool,
        context: ChannelHandlerContext
    ) {
        guard case .responding = state else { return }
        switch response.ending {
        case .silence:
            return
        case .reset:
            // Closing with a linger time of zero sends RST instead of FIN.
            let socket = context.channel as? any SocketOptionProvider
            _ = socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            breakOff(context)
        case .cut:
            writeHead(response, keepAlive: keepAlive, context: context)
            write(response.body.prefix(response.body.count / 2), context: context)
            context.flush()
            breakOff(context)
        case .complete:
            writeHead(response, keepAlive: keepAlive, context: context)
            if method == .HEAD {
                finish(keepAlive: keepAlive, context: context)
            } else if let length = response.filling {
                state = .filling(remaining: length, keepAlive: keepAlive)
                fill(context)
            } else {
                write(response.body[...], context: context)
                finish(keepAlive: keepAlive, context: context)
            }
        }
    }

    private func writeHead(_ response: StandInResponse, keepAlive: Bool, context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "content-length", value: String(response.length))
        for header in response.headers { headers.add(name: header.name, value: header.value) }
        if !keepAlive { headers.add(name: "connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func write(_ bytes: ArraySlice<UInt8>, context: ChannelHandlerContext) {
        guard !bytes.isEmpty else { return }
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes)))), promise: nil)
    }

    /// Sends filling while the client reads it; continues when the channel becomes writable again.
    private func fill(_ context: ChannelHandlerContext) {
        guard !isWriting, case .filling(var remaining, let keepAlive) = state else { return }
        isWriting = true
        defer { isWriting = false }
        let pattern = self.pattern ?? Filling.block(context.channel.allocator)
        self.pattern = pattern
        var budget = Self.bytesPerTurn
        while remaining > 0, budget > 0, context.channel.isWritable {
            let count = Int(min(remaining, Int64(pattern.readableBytes)))
            let part = pattern.getSlice(at: pattern.readerIndex, length: count) ?? pattern
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(part))), promise: nil)
            remaining -= Int64(part.readableBytes)
            budget -= Int64(part.readableBytes)
        }
        guard case .filling = state else { return }
        state = .filling(remaining: remaining, keepAlive: keepAlive)
        if remaining <= 0 {
            finish(keepAlive: keepAlive, context: context)
        } else if context.channel.isWritable {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.execute { bound.value.0.fill(bound.value.1) }
        }
    }

    private func finish(keepAlive: Bool, context: ChannelHandlerContext) {
        // The state is set first: the flush may cause the next request.
        state = keepAlive ? .idle : .ended
        let end = wrapOutboundOut(.end(nil))
        if keepAlive {
            context.writeAndFlush(end, promise: nil)
        } else {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(end).whenComplete { _ in bound.value.close(promise: nil) }
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        state = .ended
        context.close(promise: nil)
    }

    /// Ends the connection below TLS: a connection that breaks sends no close_notify.
    private func breakOff(_ context: ChannelHandlerContext) {
        state = .ended
        let tls = try? context.pipeline.syncOperations.context(handlerType: TLSHandler.self)
        (tls ?? context).close(promise: nil)
    }
}

/// Bytes to fill a body with: numbered lines, equal in every block, so that a reader can check any part.
enum Filling {
    /// A power of two: block `n` of a body starts at `n * blockSize`.
    static let blockSize = 65536

    /// The byte at an offset of a body.
    static func byte(at offset: Int64) -> UInt8 {
        let place = Int(offset % Int64(blockSize))
        let column = place % 16
        if column == 15 { return UInt8(ascii: "\n") }
        // The line's number in hexadecimal, padded to 15 digits.
        let shift = (14 - column) * 4
        let digit = UInt8(truncatingIfNeeded: (place / 16) >> shift) & 0xF
        return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }

    static func block(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: blockSize)
        for offset in 0..<blockSize { buffer.writeInteger(byte(at: Int64(offset))) }
        return buffer
    }
}
