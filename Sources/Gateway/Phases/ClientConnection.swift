import Configuration
import HTTPWire
import NIOCore

/// One connection of a client: the NIO handler at its end, which takes each request through the seven phases.
///
/// This file is phase 1, read: it turns bytes into requests, one at a time and in order, and never reads more than the
/// request in hand can use. The other phases are extensions in files of their own; `docs/phases.md` has the picture.
/// Everything happens on the connection's loop.
final class ClientConnection: TimedConnection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        /// Between requests, or inside a head.
        case head
        /// A body comes in and goes where ``Sink`` says.
        case body(Sink)
        /// The head is here, and something outside the loop has to be known before the request goes on.
        case hold
        /// The request is whole, its answer is not.
        case response
        /// Not HTTP any more.
        case tunnel
        /// Answered early; the short rest of the body is read and dropped, then the next request is served.
        case discard
        /// Answered and closing: input is dropped so that no reset overtakes the answer.
        case lingeringClose
        case closed
    }

    enum Sink: Equatable { case service, endpoint }

    /// What the one deadline of the connection stands for.
    enum Wait {
        case nothing, keepAlive, head, body, serviceStall, firstByte, serviceIdle, clientStall, linger, endpoint,
            renewal, tunnel
        /// For one of as many to the service as there may be.
        case connection
    }

    let worker: Worker
    let peer: PeerAddress
    let side: ListenerSide
    var context: ChannelHandlerContext?
    let writer = SocketWriter()
    var phase = Phase.head
    var wait = Wait.keepAlive
    var parser: RequestParser
    var body = BodyDecoder(framing: .none)
    var inbound = ByteBuffer()
    /// The request in hand.
    let request = RequestState()
    /// The connection that serves it, once it stands.
    var service: ServiceConnection?
    let response = ResponseState()
    /// What the connection is once its protocol was changed.
    var tunnel: Tunnel?
    /// Bytes that the kernel had not got rid of when the client was last seen to stall.
    var unsentAtLastCheck = -1
    /// Requests begun; tells an answer that comes late (login) from the one in hand.
    var generation: UInt64 = 0
    /// Times that a request was held; tells a late word from the one that is waited for.
    var holds: UInt64 = 0

    private var isProcessing = false
    private var processAgain = false
    private var readHeld = false
    private var countedIn = false

    init(worker: Worker, peer: PeerAddress, side: ListenerSide) {
        self.worker = worker
        self.peer = peer
        self.side = side
        parser = RequestParser(limits: worker.settings.wireLimits, names: worker.settings.fieldNames)
    }

    var loop: LoopContext { worker.loop }

    override func deadlinePassed() {
        waitEnded()
    }

    // MARK: - ChannelHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        loop.updateClock()
        worker.clients[ObjectIdentifier(self)] = self
        countedIn = true
        writer.open(context.channel)
        // The admin door stays open when the others are crowded.
        let admission = side == .admin ? .admitted : worker.connectionLimit.enter()
        if admission == .noRoomToRefuse {
            isOpen = false
            context.channel.resetOnClose()
            return reset()
        }
        expect(.keepAlive, within: worker.settings.headTimeout)
        loop.wheel.insert(self, deadline: deadline, now: loop.now)
        if admission == .refused {
            beginRequest()
            request.keepAlive = false
            sendLocalReply(.refusal(.unavailable, retryAfter: 1))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        loop.updateClock()
        var bytes = unwrapInboundIn(data)
        defer { loop.clientReads.putBack(bytes) }
        switch phase {
        case .lingeringClose, .closed:
            return
        case .head, .body, .hold, .response, .discard, .tunnel:
            break
        }
        if inbound.readableBytes > 0 {
            inbound.writeBuffer(&bytes)
        } else {
            inbound = bytes
        }
        process()
    }

    func channelInactive(context: ChannelHandlerContext) {
        writer.close()
        loop.updateClock()
        isOpen = false
        if countedIn {
            countedIn = false
            worker.clients[ObjectIdentifier(self)] = nil
            if side == .traffic { worker.connectionLimit.leave() }
        }
        clientLeft()
        phase = .closed
        inbound = ByteBuffer()
        worker.clientClosed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed write: the channel's end follows, and with it all that is to be done.
        tunnel?.hasClientFailed = true
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if phase == .lingeringClose, case .outputClosed = event as? ChannelEvent {
            // The answer is with the kernel. What the client still sends is dropped for a while, since closing on unread
            // input would send a reset that can destroy the answer (RFC 9112 section 9.6).
            expect(.linger, within: GatewaySettings.lingerTimeout)
        } else if phase == .tunnel, case .inputClosed = event as? ChannelEvent {
            loop.updateClock()
            clientStoppedSending()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        if let service {
            if isWritable {
                service.resumeReading()
            } else {
                service.pauseReading()
            }
            if response.isStreaming {
                loop.updateClock()
                expectResponseProgress()
            }
        }
        if isWritable {
            process()
        }
    }

    func read(context: ChannelHandlerContext) {
        if wantsInput {
            context.read()
        } else {
            readHeld = true
        }
    }

    // MARK: - Reading

    /// True where more bytes of the client can be used now.
    private var wantsInput: Bool {
        switch phase {
        case .head: isWritable
        case .body(.endpoint), .discard, .lingeringClose: true
        case .body(.service), .tunnel: service?.isWritable ?? false
        case .response, .hold: inbound.readableBytes == 0
        case .closed: false
        }
    }

    /// True while what is written does not pile up.
    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Works through what has come, as far as it goes. Called again by itself it leaves the work to the first call.
    func process() {
        guard !isProcessing else {
            processAgain = true
            return
        }
        isProcessing = true
        repeat {
            processAgain = false
            while step() {}
        } while processAgain
        isProcessing = false
        if inbound.readableBytes == 0 {
            // Lets the channel read into the same storage again.
            inbound = ByteBuffer()
        }
        if readHeld, wantsInput {
            readHeld = false
            context?.read()
        }
    }

    /// One step; false where nothing more can be done with what is there.
    private func step() -> Bool {
        switch phase {
        case .head:
            // A client that sends requests and does not read their answers waits.
            guard inbound.readableBytes > 0, isWritable else { return false }
            return readHead()
        case .body(.service):
            return service != nil && forwardBody()
        case .tunnel:
            return passToService()
        case .body(.endpoint):
            return collectBody()
        case .discard:
            return discardBody()
        case .response, .hold:
            return false
        case .lingeringClose, .closed:
            inbound = ByteBuffer()
            return false
        }
    }

    private func readHead() -> Bool {
        switch parser.parse(&inbound, into: &worker.head) {
        case .needMore:
            if wait == .keepAlive {
                expect(.head, within: worker.settings.headTimeout)
            }
            // Out of the read buffer: a client that is slow is not to hold all of that.
            inbound = inbound.rightSized()
            return false
        case .fault(let fault):
            beginRequest()
            request.keepAlive = false
            sendLocalReply(.refusal(fault))
            return true
        case .head:
            generation &+= 1
            wait = .nothing
            deadline = .max
            beginRequest()
            request.take(worker.head)
            if peer.isTrusted { applyTrustedHeaders() }
            body = BodyDecoder(framing: worker.head.framing, limits: worker.settings.wireLimits)
            phase = worker.head.framing == .none ? .response : .body(.service)
            route()
            worker.head.release()
            return true
        }
    }

    /// Forgets the last request and its answer.
    func beginRequest() {
        request.begin(loop: loop, worker: worker)
        response.begin()
    }

    /// A trusted peer says who the client is, and may have given the request an id already.
    private func applyTrustedHeaders() {
        let bytes = worker.head.arena
        let arena = bytes.readableBytesUInt8Span
        if worker.head.has(.xForwardedFor) {
            // Several lines are one list (RFC 9110 section 5.3); the last one is the nearest proxy's.
            var list: [UInt8] = []
            for field in worker.head.fields where field.known == .xForwardedFor && !field.isAlias {
                if !list.isEmpty { list.append(UInt8(ascii: ",")) }
                list += Array(copying: arena.extracting(field.value.range))
            }
            if let range = ForwardedAddress.client(in: list.span, trustedProxies: worker.settings.trustedProxies) {
                request.clientAddress = Array(list[range])
            }
        }
        if let id = worker.head.firstValue(of: .xRequestID), id.count > 0, id.count <= 128 {
            let value = arena.extracting(id.range)
            for index in value.indices where value[index] <= 0x20 || value[index] >= 0x7F { return }
            request.id = Array(copying: value)
        }
    }

    /// Drops the rest of a body whose request is answered already.
    private func discardBody() -> Bool {
        switch body.next(&inbound) {
        case .data(let bytes):
            request.bytesIn += UInt64(bytes.readableBytes)
            return true
        case .needMore:
            return false
        case .end:
            awaitNextRequest()
            return true
        case .fault:
            lingeringClose()
            return true
        }
    }

    /// Sets the one deadline.
    func expect(_ wait: Wait, within nanoseconds: Int64) {
        self.wait = wait
        let (instant, overflow) = loop.now.addingReportingOverflow(nanoseconds)
        deadline = min(overflow ? .max : instant, request.endsBy)
    }

    /// Leaves no deadline but the whole request's.
    func expectNothing() {
        wait = .nothing
        deadline = request.endsBy
    }

    /// The connection is free for another request.
    func awaitNextRequest() {
        phase = .head
        if worker.isDraining {
            lingeringClose()
        } else {
            expect(.keepAlive, within: worker.settings.keepAliveTimeout)
        }
    }

    /// Ends the connection once everything written has gone out.
    func lingeringClose() {
        guard phase != .lingeringClose, phase != .closed else { return }
        phase = .lingeringClose
        expect(.clientStall, within: GatewaySettings.clientStallTimeout)
        context?.close(mode: .output, promise: nil)
    }

    /// Ends a connection on which nothing is going on.
    func closeIfIdle() {
        if phase == .head, wait == .keepAlive { lingeringClose() }
    }

    /// Ends the connection at once, whatever was still to be sent.
    func reset() {
        guard phase != .closed else { return }
        phase = .closed
        // Gathered for this client in the event in hand, and not to reach another.
        worker.dropGathered()
        if response.endsWithConnection { context?.channel.resetOnClose() }
        context?.close(promise: nil)
    }
}
