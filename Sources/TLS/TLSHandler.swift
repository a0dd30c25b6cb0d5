package import NIOCore

/// The events of a ``TLSHandler`` for the handlers behind it.
package enum TLSEvent: Equatable, Sendable {
    /// Data may flow. `applicationProtocol` is what ALPN agreed on, if it was used.
    case handshakeCompleted(applicationProtocol: String?, sessionReused: Bool)
}

/// TLS on a channel: ciphertext towards the socket, plaintext towards the handlers behind it.
///
/// - The handshake starts with the channel. ``TLSEvent/handshakeCompleted(applicationProtocol:sessionReused:)`` reports
///   its success, an error (``TLSFault``) its failure. The owner limits its duration by closing the channel. Data
///   written before are sent after it.
/// - Reads are forwarded on demand. All bytes of one socket read are decrypted into one buffer, which holds at most
///   that read and a record of 16 KiB that it completes.
/// - Writes are encrypted in full records at once, the rest at the flush. The channel's writability covers everything
///   except the record being filled.
/// - The peer's close_notify is answered with our own and closes the channel, or, with half-closure, is reported as
///   `ChannelEvent.inputClosed`. A transport that ends without it is the error ``TLSFault/truncated``, before
///   `channelInactive`.
/// - Closing sends close_notify and waits for nothing. After an error the channel is closed, and the peer receives the
///   alert.
package final class TLSHandler: ChannelDuplexHandler {
    /// TLS records from the socket.
    package typealias InboundIn = ByteBuffer
    /// Decrypted bytes.
    package typealias InboundOut = ByteBuffer
    /// Bytes to encrypt.
    package typealias OutboundIn = ByteBuffer
    /// TLS records to the socket.
    package typealias OutboundOut = ByteBuffer

    private enum Phase { case idle, handshake, open, closed }

    private let engine: TLSEngine
    private var phase = Phase.idle
    /// Written before the handshake was done.
    private var early: [ByteBuffer] = []
    private var flushesEarly = false
    /// Of writes since the last flush.
    private var promises: [EventLoopPromise<Void>] = []
    /// A handler behind has requested data and received none yet.
    private var wantsData = false
    /// With half-closure: the peer's close_notify was reported.
    private var isCloseReported = false
    /// Whether writing may continue after the peer's close_notify.
    package var allowsHalfClosure: Bool

    /// - Parameter halfClosure: whether writing may continue after the peer's close_notify.
    package init(_ engine: TLSEngine, halfClosure: Bool = false) {
        self.engine = engine
        allowsHalfClosure = halfClosure
    }

    /// Whether nothing of the peer's waits in here, not even a part of a record.
    package var isQuiet: Bool { engine.isQuiet }

    // MARK: - The channel

    /// Starts the handshake if the channel is active already.
    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    /// Fails the promises of writes that were not encrypted.
    package func handlerRemoved(context: ChannelHandlerContext) {
        phase = .closed
        failPromises(ChannelError.ioOnClosedChannel)
    }

    /// Starts the handshake.
    package func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard phase == .idle else { return }
        phase = .handshake
        advance(context)
        if phase == .handshake { context.read() }
    }

    /// Reports a missing close_notify as a truncation, then passes the event on.
    package func channelInactive(context: ChannelHandlerContext) {
        if phase != .closed {
            phase = .closed
            if let fault = engine.transportEnded() {
                failPromises(fault)
                context.fireErrorCaught(fault)
            }
        }
        failPromises(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    /// Takes the error for the end of the connection: fails all pending writes and passes the error on.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The transport's error is sufficient: becoming inactive adds nothing.
        phase = .closed
        failPromises(error)
        context.fireErrorCaught(error)
    }

    /// Treats the half-close of TCP as the end of the records.
    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed = event as? ChannelEvent, phase != .closed else {
            return context.fireUserInboundEventTriggered(event)
        }
        // After a close_notify, the end was already reported.
        if let fault = engine.transportEnded() { fail(context, fault) }
    }

    // MARK: - Reading

    /// Notes the demand for data, and reads records.
    package func read(context: ChannelHandlerContext) {
        wantsData = true
        context.read()
    }

    /// Feeds the records to the engine.
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .handshake || phase == .open else { return }
        engine.feed(unwrapInboundIn(data))
        advance(context)
    }

    /// Passes the event on, after the bytes decrypted so far.
    package func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        // A handshake message, or an incomplete record: data are still wanted, so read on.
        if phase == .handshake || phase == .open && wantsData { context.read() }
    }

    /// Processes the bytes that were fed.
    private func advance(_ context: ChannelHandlerContext) {
        do throws(TLSFault) {
            if phase == .handshake {
                guard try engine.handshake() else { return send(context) }
                send(context)
                try complete(context)
            }
            while phase == .open, let plaintext = try engine.read() {
                wantsData = false
                context.fireChannelRead(wrapInboundOut(plaintext))
            }
            // Messages of OpenSSL itself, such as the response to a key update.
            if phase == .open { send(context) }
            if phase == .open, engine.peerHasClosed { peerClosed(context) }
        } catch {
            fail(context, error)
        }
    }

    private func complete(_ context: ChannelHandlerContext) throws(TLSFault) {
        phase = .open
        for bytes in early {
            try engine.write(bytes)
        }
        early = []
        if flushesEarly { try flushEngine(context) }
        context.fireUserInboundEventTriggered(
            TLSEvent.handshakeCompleted(
                applicationProtocol: engine.applicationProtocol,
                sessionReused: engine.sessionReused
            )
        )
    }

    private func peerClosed(_ context: ChannelHandlerContext) {
        if allowsHalfClosure {
            guard !isCloseReported else { return }
            isCloseReported = true
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } else {
            close(context: context, mode: .all, promise: nil)
        }
    }

    // MARK: - Writing

    /// Encrypts the bytes; before the end of the handshake they wait.
    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        switch phase {
        case .closed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        case .idle, .handshake:
            early.append(bytes)
            if let promise { promises.append(promise) }
        case .open:
            if let promise { promises.append(promise) }
            do throws(TLSFault) {
                try engine.write(bytes)
                // Full records go to the channel at once, so that its writability counts them.
                if let records = engine.takeOutbound() { context.write(wrapOutboundOut(records), promise: nil) }
            } catch {
                fail(context, error)
            }
        }
    }

    /// Sends all records that were written.
    package func flush(context: ChannelHandlerContext) {
        switch phase {
        case .closed:
            return
        case .idle, .handshake:
            flushesEarly = true
        case .open:
            do throws(TLSFault) {
                try flushEngine(context)
            } catch {
                fail(context, error)
            }
        }
    }

    private func flushEngine(_ context: ChannelHandlerContext) throws(TLSFault) {
        try engine.seal()
        let records = engine.takeOutbound()
        if promises.isEmpty {
            if let records { context.write(wrapOutboundOut(records), promise: nil) }
        } else {
            let all = promises
            promises = []
            let written = context.eventLoop.makePromise(of: Void.self)
            for promise in all { written.futureResult.cascade(to: promise) }
            context.write(wrapOutboundOut(records ?? ByteBuffer()), promise: written)
        }
        context.flush()
    }

    /// Sends the messages of the engine itself.
    private func send(_ context: ChannelHandlerContext) {
        guard let records = engine.takeOutbound() else { return }
        context.writeAndFlush(wrapOutboundOut(records), promise: nil)
    }

    // MARK: - Closing

    /// Sends close_notify and closes; with mode `.output` the peer may still send.
    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input, phase == .open {
            do throws(TLSFault) {
                try engine.closeOutput()
            } catch {
                // The channel is closed anyway.
            }
            send(context)
        }
        if mode == .all {
            phase = .closed
            failPromises(ChannelError.ioOnClosedChannel)
        }
        context.close(mode: mode, promise: promise)
    }

    private func fail(_ context: ChannelHandlerContext, _ fault: TLSFault) {
        guard phase != .closed else { return }
        phase = .closed
        // The alert with the reason.
        send(context)
        failPromises(fault)
        context.fireErrorCaught(fault)
        context.close(promise: nil)
    }

    private func failPromises(_ error: any Error) {
        early = []
        let all = promises
        promises = []
        for promise in all { promise.fail(error) }
    }
}
