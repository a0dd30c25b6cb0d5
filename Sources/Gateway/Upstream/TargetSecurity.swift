import NIOCore
import TLS

/// TLS to one target as one worker sees it: how a new connection becomes a safe one, and the sessions that make the next
/// handshakes short. They belong to this target alone, as its pool does.
final class TargetSecurity {
    private let service: ServiceTLS
    private let peer: String
    private let authority: [UInt8]
    private let sessions = TLSSessionCache()

    init(_ service: ServiceTLS, address: UpstreamTarget.Address) {
        self.service = service
        peer = service.serverName ?? address.host
        authority = address.authority
    }

    /// Puts TLS in front of the handlers of a channel that has just connected.
    ///
    /// - Returns: the channel once the handshake is done; else fails with a ``TLSFault`` or ``HandshakeTimeout``, and the
    ///   channel is closed. Called and completed on the channel's loop.
    func secure(_ channel: any Channel) -> EventLoopFuture<any Channel> {
        let secured = channel.eventLoop.makePromise(of: (any Channel).self)
        do {
            let engine = try TLSEngine(
                client: service.context,
                peer: peer,
                sessions: sessions,
                now: Int64(clamping: NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
            )
            let pipeline = channel.pipeline.syncOperations
            let handler = TLSHandler(engine)
            try pipeline.handler(type: ServiceConnection.self).tls = handler
            try pipeline.addHandlers(
                [handler, HandshakeGate(secured, within: service.timeout)] as [any ChannelHandler],
                position: .first
            )
        } catch {
            secured.fail(error)
            channel.close(promise: nil)
        }
        return secured.futureResult
    }

    /// The fault for this error; `nil` if TLS is not involved. Faults that an operator can fix are reported.
    func fault(for error: any Error) -> ServiceFault? {
        if error is HandshakeTimeout { return .tlsTimedOut }
        guard let fault = error as? TLSFault else { return nil }
        switch fault {
        case .truncated:
            // The end of the connection: its meaning depends on the state of the response.
            return nil
        case .malformed, .excessive:
            return .malformed
        default:
            service.report(authority, fault)
            return .tlsFailed(fault)
        }
    }
}

/// The handshake took longer than it may.
struct HandshakeTimeout: Error {}

/// Waits behind TLS until the handshake succeeds or fails, then removes itself. Events of the handshake do not reach
/// the handlers behind it.
final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var waiting: EventLoopPromise<any Channel>?
    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?

    init(_ promise: EventLoopPromise<any Channel>, within timeout: TimeAmount) {
        waiting = promise
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((gate: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: timeout) {
            let (gate, context) = bound.value
            guard gate.waiting != nil else { return }
            gate.finish(.failure(HandshakeTimeout()))
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.failure(ChannelError.ioOnClosedChannel))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted = event as? TLSEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        finish(.success(context.channel))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The waiting promise gets the error; the connection behind, which is not in use yet, gets the end of the
        // channel.
        guard waiting == nil else { return finish(.failure(error)) }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(TLSFault.closedInHandshake))
        context.fireChannelInactive()
    }

    private func finish(_ result: Result<any Channel, any Error>) {
        timer?.cancel()
        timer = nil
        let promise = waiting
        waiting = nil
        promise?.completeWith(result)
    }
}
