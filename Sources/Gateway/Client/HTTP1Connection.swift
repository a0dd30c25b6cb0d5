import HTTPWire
import NIOCore

/// One HTTP/1.1 connection of a client: the NIO handler at its end.
///
/// It turns bytes into requests, one at a time and in order, and never reads more than the request in hand can use. What a
/// request means is the matter of its ``RequestReceiver``; how far the connection has got that of
/// ``HTTP1ConnectionMachine``. Everything happens on the connection's loop.
final class HTTP1Connection: TimedConnection, ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the deadline of the connection stands for. While a request runs, its receiver has the deadlines.
    enum Wait { case nothing, keepAlive, head, discard, stall, linger }

    /// What happened within another event and is dealt with when that one is over.
    struct Pending: OptionSet {
        let rawValue: UInt8
        static let writability = Pending(rawValue: 1)
        static let inputClosed = Pending(rawValue: 2)
        static let reading = Pending(rawValue: 4)
        static let gone = Pending(rawValue: 8)
    }

    let shared: ClientContext
    /// Counts against the limit of connections.
    private let isLimited: Bool
    private(set) var context: ChannelHandlerContext?
    let writer = SocketWriter()
    var machine = HTTP1ConnectionMachine()
    /// Nil once the client is gone or a tunnel has the connection.
    private(set) var receiver: (any RequestReceiver)?
    /// What the connection is once its protocol was changed.
    var tunnel: ClientTunnel?
    /// Bytes that the kernel had not got rid of at the last look, while the connection lingers.
    var unsent = -1

    /// In force when the connection turned to the request in hand.
    private(set) var settings: ClientSettings
    private var parser: RequestParser
    private var body = BodyDecoder(framing: .none)
    private(set) var inbound = ByteBuffer()
    var wait = Wait.keepAlive
    private var pending: Pending = []
    private var isProcessing = false
    private var processAgain = false
    private var readHeld = false
    private var isAdmitted = false
    /// The client has ended its sending side. It may read on: what it asked for is still answered (RFC 9112 section 9.6).
    private(set) var hasInputEnded = false

    /// - Parameter isLimited: it counts against the limit of connections. The admin port stays open when the others are
    ///   crowded.
    init(shared: ClientContext, isLimited: Bool) {
        self.shared = shared
        self.isLimited = isLimited
        settings = shared.settings
        parser = RequestParser(limits: settings.limits, names: settings.names)
    }

    var loop: LoopContext { shared.loop }

    /// Other settings are in force: for this connection from its next request on, if one has begun.
    func settingsChanged() {
        switch machine.phase {
        // A tunnel may outlive many generations, and is to hold none of them.
        case .idle, .tunnel, .lingering, .closed: adoptSettings()
        case .head, .body, .response, .discard: break
        }
        receiver?.settingsChanged()
    }

    /// The settings of the next request.
    func adoptSettings() {
        settings = shared.settings
        parser = RequestParser(limits: settings.limits, names: settings.names)
    }

    /// Says who takes the requests; called once, before the connection is active. The receiver holds the connection, and
    /// the connection the receiver, until the client is gone.
    func serve(_ receiver: any RequestReceiver) {
        self.receiver = receiver
    }

    /// Lets go of the receiver: a tunnel has the connection.
    func serveNothing() {
        receiver = nil
    }

    // MARK: - ChannelHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        // A channel that never became active tells nothing of its end.
        if !isAdmitted { receiver = nil }
    }

    func channelActive(context: ChannelHandlerContext) {
        loop.run {
            shared.add(self)
            isAdmitted = true
            writer.open(context.channel)
            let admission = isLimited ? shared.connectionLimit.enter() : .admitted
            if admission == .noRoomToRefuse {
                isOpen = false
                context.channel.resetOnClose()
                return reset()
            }
            expect(.keepAlive, within: shared.isStopping ? ClientTimeouts.lastChance : settings.timeouts.head)
            loop.wheel.insert(self, deadline: deadline, now: loop.now)
            if admission == .refused {
                machine.requestFailed()
                receiver?.receiveFault(.overloaded)
                process()
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let isNested = loop.isInEvent
        loop.enter()
        defer { loop.leave() }
        if !isNested { loop.updateClock() }
        var bytes = unwrapInboundIn(data)
        defer { loop.clientReads.putBack(bytes) }
        if machine.dropsInput { return }
        if inbound.readableBytes > 0 {
            inbound.writeBuffer(&bytes)
        } else {
            inbound = bytes
        }
        // A write that failed has read the socket dry: what it was about comes first.
        if isNested { note(.reading) } else { process() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // At once: the descriptor may be another connection's before the turn.
        writer.close()
        isOpen = false
        note(.gone)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or a failed write: the channel's end follows, and with it all that is to be done.
        tunnel?.hasClientFailed = true
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ChannelEvent {
        case .outputClosed where machine.phase == .lingering:
            if hasInputEnded { return context.close(promise: nil) }
            // The response is with the kernel. What the client still sends is dropped for a while, since closing on unread
            // input would send a reset that can destroy the response (RFC 9112 section 9.6).
            expect(.linger, within: ClientTimeouts.linger)
        case .inputClosed:
            hasInputEnded = true
            note(.inputClosed)
        case .outputClosed, nil:
            break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        note(.writability)
    }

    func read(context: ChannelHandlerContext) {
        if wantsInput {
            context.read()
        } else {
            readHeld = true
        }
    }

    // MARK: - Events and turns

    /// Deals with an event when the one in hand is over, or at once where there is none.
    func note(_ event: Pending) {
        pending.insert(event)
        loop.requestTurn(self)
    }

    override func takeTurn() {
        let events = pending
        pending = []
        // What was read comes before the end, however that came.
        if events.contains(.reading) { process() }
        if events.contains(.inputClosed) {
            if let tunnel { tunnel.clientStoppedSending() } else { process() }
        }
        if events.contains(.gone) { return clientGone() }
        if events.contains(.writability) {
            let isWritable = isWritable
            if let tunnel {
                tunnel.clientWritabilityChanged(isWritable)
            } else {
                receiver?.writabilityChanged(isWritable)
            }
            if isWritable { process() }
        }
    }

    private func clientGone() {
        _ = machine.end()
        if isAdmitted {
            isAdmitted = false
            if isLimited { shared.connectionLimit.leave() }
        }
        let (receiver, tunnel) = (receiver, tunnel)
        self.receiver = nil
        self.tunnel = nil
        if let tunnel { tunnel.clientGone() } else { receiver?.clientGone() }
        inbound = ByteBuffer()
        shared.remove(self)
    }

    override func deadlinePassed() {
        switch wait {
        case .nothing:
            break
        case .keepAlive, .discard:
            lingerAndClose()
        case .head:
            machine.requestFailed()
            receiver?.receiveFault(.timedOut)
            process()
        case .stall:
            if hasProgressed(since: &unsent) {
                expect(.stall, within: ClientTimeouts.stall)
            } else {
                reset()
            }
        case .linger:
            reset()
        }
    }

    // MARK: - Reading

    /// True where more bytes of the client can be used now.
    private var wantsInput: Bool {
        switch machine.phase {
        case .idle, .head: isWritable
        case .body:
            switch receiver?.bodyDemand {
            case .all, .awaited: true
            case .held: inbound.readableBytes == 0
            case .received, .nothing, nil: false
            }
        case .discard, .lingering: true
        case .response: inbound.readableBytes == 0
        case .tunnel: tunnel?.wantsInput ?? false
        case .closed: false
        }
    }

    /// Works through what has come, as far as it goes.
    private func process() {
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
            if hasInputEnded { follow(machine.inputEnded()) }
        }
        if readHeld, wantsInput {
            readHeld = false
            context?.read()
        }
    }

    func resumeReading() {
        if isProcessing { processAgain = true } else { note(.reading) }
    }

    /// Goes on with the next request, if something of it is here or was to be read.
    func resumeReadingIfHeld() {
        if !isProcessing, inbound.readableBytes > 0 || readHeld { note(.reading) }
    }

    /// One step; false where nothing more can be done with what is there. Of a client that is gone no request is read.
    private func step() -> Bool {
        switch machine.phase {
        case .idle, .head:
            // A client that sends requests and does not read their responses waits.
            guard isOpen, inbound.readableBytes > 0, isWritable else { return false }
            return readHead()
        case .body:
            return isOpen && readBody()
        case .discard:
            return isOpen && discardBody()
        case .tunnel:
            guard inbound.readableBytes > 0 else { return false }
            let bytes = inbound
            inbound = ByteBuffer()
            tunnel?.receive(bytes)
            return true
        case .response:
            return false
        case .lingering, .closed:
            inbound = ByteBuffer()
            return false
        }
    }

    private func readHead() -> Bool {
        switch parser.parse(&inbound, into: &shared.head) {
        case .needMore:
            if machine.headBegan() { expect(.head, within: settings.timeouts.head) }
            // Out of the read buffer: a client that is slow is not to hold all of that.
            inbound = inbound.rightSized()
            if hasInputEnded { follow(machine.inputEnded()) }
            return false
        case .fault(let fault):
            machine.requestFailed()
            receiver?.receiveFault(.malformed(fault))
            return true
        case .head:
            begin(&shared.head, under: settings)
            return true
        }
    }

    /// In one access to the head: each by itself would be checked for exclusivity.
    private func begin(_ head: inout RequestHead, under settings: ClientSettings) {
        expectNothing()
        let framing = head.framing
        machine.requestBegan(
            version: head.version,
            framing: framing,
            keepsAlive: head.keepAlive,
            expectsContinue: head.expectsContinue
        )
        body = BodyDecoder(framing: framing, limits: settings.limits)
        receiver?.begin(&head, under: settings)
        head.release()
    }

    private func readBody() -> Bool {
        guard let receiver else { return false }
        switch receiver.bodyDemand {
        case .all, .received: break
        case .awaited:
            if inbound.readableBytes > 0, receiver.receiveAwaited(inbound.readableBytes) { return true }
            inbound = inbound.rightSized()
            if hasInputEnded { follow(machine.inputEnded()) }
            return false
        case .held, .nothing: return false
        }
        switch body.next(&inbound) {
        case .data(let bytes):
            receiver.receiveBody(bytes)
            return true
        case .needMore:
            receiver.receivePaused()
            if hasInputEnded { follow(machine.inputEnded()) }
            return false
        case .end:
            _ = machine.bodyEnded(isStopping: shared.isStopping)
            receiver.receiveEnd()
            return true
        case .fault(let fault):
            _ = machine.bodyFailed()
            receiver.receiveFault(.malformed(fault))
            return true
        }
    }

    /// Drops the rest of a body whose response is complete already.
    private func discardBody() -> Bool {
        switch body.next(&inbound) {
        case .data:
            return true
        case .needMore:
            if hasInputEnded { follow(machine.inputEnded()) }
            return false
        case .end:
            follow(machine.bodyEnded(isStopping: shared.isStopping))
            return true
        case .fault:
            follow(machine.bodyFailed())
            return true
        }
    }
}
