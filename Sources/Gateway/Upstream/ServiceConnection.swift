import HTTPWire
import NIOCore
import TLS

/// One connection to a service: the NIO handler at the end of its pipeline.
///
/// It serves one ``UpstreamResponseHandler`` at a time and belongs to its ``UpstreamTarget`` while idle. All events run
/// on its loop. A byte that arrives on an idle connection closes the connection, since it could be taken for the
/// response to the next request.
final class ServiceConnection: TimedConnection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Informational responses passed on for one request; a service that sends more is broken.
    static let informationalLimit = 8

    enum Phase {
        case idle, head, body
        /// Not HTTP any more.
        case tunnel
        /// The tunnel is closing: written bytes are still being sent.
        case leaving
        /// Closed, or closing.
        case closed
    }

    /// What happened within another event and is dealt with when that one is over.
    private struct Pending: OptionSet {
        let rawValue: UInt8
        static let writability = Pending(rawValue: 1)
        static let inputClosed = Pending(rawValue: 2)
        static let failure = Pending(rawValue: 4)
        static let inactive = Pending(rawValue: 8)
        static let reading = Pending(rawValue: 16)
    }

    let target: UpstreamTarget
    let loop: LoopContext
    private let limits: HTTPLimits
    private(set) var context: ChannelHandlerContext?
    /// The TLS handler in front of this one, for https targets.
    var tls: TLSHandler?
    var phase = Phase.idle
    var exchange: (any UpstreamResponseHandler)?
    private var parser: ResponseParser
    private var body = BodyDecoder(framing: .none)
    private var inbound = ByteBuffer()
    private var requestMethod = HTTPMethod.get
    var informational = 0
    /// False once an informational response claimed a body.
    var informationalReusable = true
    var responseReusable = false
    /// The last response claimed a body that it does not have.
    private(set) var responseClaims = false
    var readPaused = false
    var readHeld = false
    /// The request's head as it goes out; kept until the next one, for a retry.
    var outboundHead = ByteBuffer()
    /// Has been in its target's pool: the service may have closed it in the meantime.
    var wasIdle = false
    /// Which of its target's addresses it goes to.
    private(set) var addressID = 0
    /// When it is retired: it serves no request after that one. In nanoseconds of the loop's clock.
    var retiresAt = Int64.max
    /// A response came over it.
    private var hasServed = false
    /// Its target counts it as open.
    private var isCounted = false
    let writer = SocketWriter()
    /// ``outboundHead`` goes out with the next flush.
    var headWaits = false
    /// A piece of the request's body that goes out with the next flush, behind the head if that waits.
    var outboundPiece = ByteBuffer()
    /// There is such a piece.
    var pieceWaits = false
    /// Pieces of the request's body that were written while its response was running, and that the kernel has not taken.
    var unconfirmed = 0
    private var holdsSlot = false
    private var pending: Pending = []
    /// What TLS says of the channel's failure, before its turn came.
    private var pendingFault: ServiceFault?
    /// The channel has failed or ended; no request uses the connection again, though its turn may not have come yet.
    private(set) var hasFailed = false
    /// In a tunnel: the service has stopped sending.
    var hasInputEnded = false
    /// In a tunnel: the output to the service has ended.
    var hasOutputEnded = false

    init(target: UpstreamTarget, loop: LoopContext, limits: HTTPLimits) {
        self.target = target
        self.loop = loop
        self.limits = limits
        parser = ResponseParser(limits: limits)
    }

    /// True while bytes can be handed over without piling up.
    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Puts the new connection under the loop's deadlines.
    func joinLoop() {
        loop.wheel.insert(self, deadline: deadline, now: loop.now)
    }

    /// Counts the connection at its target, and starts its age.
    func count(at addressID: Int, holdsSlot: Bool) {
        isCounted = true
        self.addressID = addressID
        self.holdsSlot = holdsSlot
        if let age = target.drawAge() { retiresAt = loop.now + age }
        if let channel = context?.channel { writer.open(channel) }
    }

    private func leaveTarget() {
        if isOnTrial { target.onTrial = nil }
        guard isCounted else { return }
        isCounted = false
        target.connectionEnded(addressID: addressID, holdsSlot: holdsSlot)
    }

    // MARK: - What an exchange does

    /// Makes the connection the exchange's own.
    func begin(_ exchange: any UpstreamResponseHandler, method: HTTPMethod) {
        self.exchange = exchange
        requestMethod = method
        informational = 0
        informationalReusable = true
        headWaits = false
        unconfirmed = 0
        assert(!pieceWaits, "a piece of the request before was not sent")
        phase = .head
        deadline = .max
    }

    /// Closes the connection; the handler receives no further event.
    func close() {
        exchange = nil
        guard phase != .closed else { return }
        phase = .closed
        dropPiece()
        leaveTarget()
        context?.close(promise: nil)
    }

    // MARK: - Deadlines

    override func deadlinePassed() {
        // Only a connection without an exchange has a deadline here; an exchange minds its own.
        if isOnTrial { return endTrial() }
        if phase == .idle && target.remove(self) || phase == .leaving {
            close()
        }
    }

    // MARK: - ChannelHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func read(context: ChannelHandlerContext) {
        if readPaused {
            readHeld = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let isNested = loop.isInEvent
        loop.enter()
        defer { loop.leave() }
        var bytes = unwrapInboundIn(data)
        defer { loop.serviceReads.putBack(bytes) }
        if !isNested { loop.updateClock() }
        switch phase {
        case .closed, .leaving:
            return
        case .idle:
            noteStray()
            target.remove(self)
            fail(.malformed)
            return
        case .head, .body, .tunnel:
            break
        }
        if inbound.readableBytes > 0 {
            inbound.writeBuffer(&bytes)
        } else {
            inbound = bytes
        }
        // A write that failed has read the socket dry: what the service said before its end comes first.
        if isNested { note(.reading) } else { read() }
    }

    private func read() {
        consume()
        exchange?.servicePaused()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isOpen = false
        hasFailed = true
        // At once: the descriptor may be another connection's before the turn.
        writer.close()
        switch phase {
        case .head, .body, .tunnel: note(.inactive)
        case .idle, .leaving, .closed: ended()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset: a body that runs to the close must not pass for whole.
        hasFailed = true
        if !pending.contains(.failure) { pendingFault = target.security?.fault(for: error) }
        switch phase {
        case .head, .body, .tunnel: note(.failure)
        case .idle, .leaving, .closed: failed()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if exchange != nil { note(.writability) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard phase == .tunnel, case .inputClosed = event as? ChannelEvent else { return }
        hasInputEnded = true
        note(.inputClosed)
    }

    // MARK: - Events and turns

    /// Deals with an event when the one in hand is over, or at once where there is none: a write that fails must not end
    /// the exchange that writes.
    private func note(_ event: Pending) {
        pending.insert(event)
        loop.requestTurn(self)
    }

    override func takeTurn() {
        let events = pending
        pending = []
        // What was read comes before the end, however that came.
        if events.contains(.reading) { read() }
        if events.contains(.writability) { exchange?.serviceWritabilityChanged(isWritable) }
        if events.contains(.inputClosed), phase == .tunnel { exchange?.serviceStoppedSending() }
        if events.contains(.failure) { failed() }
        if events.contains(.inactive) { ended() }
    }

    private func failed() {
        // It may have been given back meanwhile.
        if phase == .idle { target.remove(self) }
        fail(pendingFault ?? (hasAnswered ? .malformed : .closed))
    }

    private func ended() {
        switch phase {
        case .closed, .leaving:
            break
        case .idle:
            target.remove(self)
        case .tunnel:
            tunnelEnded()
        case .head:
            fail(hasAnswered ? .malformed : .closed)
        case .body:
            // While the request is being sent this may be a failed write: the channel tells both ends alike.
            if exchange?.isRequestSent ?? false, unconfirmed == 0, body.finishAtClose() {
                responseReusable = false
                end()
                exchange?.servicePaused()
            } else {
                fail(.closed)
            }
        }
        phase = .closed
        exchange = nil
        inbound = ByteBuffer()
        dropPiece()
        leaveTarget()
    }

    /// Whether part of a response has arrived, so the service has seen the request.
    var hasAnswered: Bool { parser.hasBegun || informational > 0 }

    // MARK: - Reading

    private func consume() {
        while true {
            switch phase {
            case .idle, .leaving, .closed:
                return
            case .tunnel:
                let bytes = inbound
                inbound = ByteBuffer()
                if bytes.readableBytes > 0 { exchange?.serviceTunnelled(bytes) }
                return
            case .head:
                guard readHead() else { return }
            case .body:
                switch body.next(&inbound) {
                case .data(let bytes):
                    exchange?.serviceSent(bytes)
                case .needMore:
                    shrinkInbound()
                    return
                case .end:
                    end()
                    return
                case .fault:
                    fail(.malformed)
                    return
                }
            }
        }
    }

    /// Reads one head; false where more bytes are needed or the connection ended.
    private func readHead() -> Bool {
        switch parser.parse(&inbound, requestMethod: requestMethod, into: &target.responseHead) {
        case .needMore:
            shrinkInbound()
            return false
        case .fault:
            fail(.malformed)
            return false
        case .head:
            break
        }
        defer { target.responseHead.release() }
        return take(target.responseHead)
    }

    /// Takes a head, in one access to it: each by itself would be checked for exclusivity.
    ///
    /// - Returns: false where the connection ended, or nothing more is to be read.
    private func take(_ head: borrowing ResponseHead) -> Bool {
        if !hasServed {
            hasServed = true
            target.pools.recordResponse(addressID)
        }
        guard head.status >= 200 else { return takeInformational(head) }
        body = BodyDecoder(framing: head.framing, limits: limits)
        responseClaims = head.claimsBody
        responseReusable = head.reusable && head.keepAlive && informationalReusable
        phase = .body
        exchange?.serviceResponded(head)
        return phase == .body
    }

    private func end() {
        // Bytes after the response are unsolicited.
        if inbound.readableBytes > 0 {
            noteStray()
            responseReusable = false
        }
        inbound = ByteBuffer()
        phase = .idle
        exchange?.serviceEnded()
    }

    func fail(_ fault: ServiceFault) {
        guard phase != .closed else { return }
        let exchange = exchange
        // An idle connection may have met the idle time-out of the service, which says nothing about the address.
        if phase == .head, !hasAnswered, !wasIdle { target.backOffAddress(addressID) }
        close()
        inbound = ByteBuffer()
        exchange?.serviceFailed(fault)
    }

    /// Copies the start of a head or chunk out of the loop's read buffer, so that the next read finds that free.
    private func shrinkInbound() {
        inbound = inbound.readableBytes == 0 ? ByteBuffer() : inbound.rightSized()
    }
}
