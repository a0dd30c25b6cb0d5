import HTTPWire
import NIOCore

/// A tunnel: bytes of another protocol on their way between client and service, until either side, the token or the
/// gateway ends it (RFC 9110 section 7.8).
///
/// ``TunnelMachine`` decides; here its decisions meet the two connections. A tunnel takes what it needs of the request that
/// it came from, and holds nothing else of it.
final class ClientTunnel: TimedConnection {
    /// What a tunnel keeps of the request that it came from.
    struct Origin: ~Copyable {
        /// Nil without a token, or where the end of the token does not end the tunnel.
        let identity: Identity?
        /// Unix seconds; nil where no token's end is the tunnel's.
        let tokenEndsAt: Int64?
        /// When the request began, in nanoseconds of the loop's clock.
        let startedAt: Int64
        /// Its line of the access log, but for the end.
        var record: AccessRecord
        /// Called once, with the whole line, when the tunnel is over.
        let ended: (borrowing AccessRecord) -> Void
    }

    private let shared: ClientContext
    private let rules: UpgradeRules
    private var origin: Origin
    private var machine: TunnelMachine
    /// Nil before ``begin(on:)`` and once the tunnel is over.
    private var client: HTTP1Connection?
    /// Nil once its part is over.
    private var service: ServiceConnection?
    /// When a byte last came from either side, or either was seen to read, in nanoseconds of the loop's clock.
    private var lastActivityAt: Int64
    /// When it was last looked whether they read.
    private var lastCheckedAt = Int64.min
    /// When the end that the gateway has begun has to be over.
    private var endsBy = Int64.max
    /// Bytes that a connection had not got rid of at the last look.
    private var unsentToClient = -1
    private var unsentToService = 0
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    /// The client's connection broke, rather than ended.
    var hasClientFailed = false

    init(
        shared: ClientContext,
        service: ServiceConnection,
        isWebSocket: Bool,
        rules: UpgradeRules,
        origin: consuming Origin
    ) {
        self.shared = shared
        self.service = service
        self.rules = rules
        self.origin = origin
        machine = TunnelMachine(isWebSocket: isWebSocket)
        lastActivityAt = shared.loop.now
        bytesIn = UInt64(clamping: self.origin.record.bytesIn)
    }

    private var loop: LoopContext { shared.loop }

    /// Takes over from the exchange; called by the connection, which is a tunnel from now on.
    func begin(on client: HTTP1Connection) {
        self.client = client
        service?.exchange = self
        expectProgress()
        loop.wheel.insert(self, deadline: deadline, now: loop.now)
        if shared.isStopping { end(because: .stopping) }
    }

    // MARK: - Bytes

    /// More bytes of the client can be used now.
    var wantsInput: Bool { service?.isWritable ?? false }

    /// Passes on what the client sent.
    func receive(_ bytes: ByteBuffer) {
        guard let service else { return }
        var bytes = bytes
        lastActivityAt = loop.now
        let relayed = machine.take(bytes.readableBytesUInt8Span, from: .client)
        if relayed.count > 0, let slice = bytes.readSlice(length: relayed.count) {
            bytesIn += UInt64(relayed.count)
            service.write(slice)
        }
        if relayed.closes { sendClose(to: service) }
        service.flush()
        goOn()
    }

    /// Passes on what the service sent; flushed by ``servicePaused()``.
    private func pass(_ bytes: ByteBuffer) {
        var bytes = bytes
        lastActivityAt = loop.now
        let relayed = machine.take(bytes.readableBytesUInt8Span, from: .service)
        if relayed.count > 0, let slice = bytes.readSlice(length: relayed.count) {
            bytesOut += UInt64(relayed.count)
            client?.write(slice)
        }
        if relayed.closes { sendCloseToClient() }
        goOn()
    }

    private func goOn() {
        guard isOpen else { return }
        if machine.ending != nil {
            waitForCloseFrames()
        } else if machine.isBroken {
            end(because: .brokenFrame)
        }
    }

    // MARK: - What the client does

    /// The client reads slowly, or has caught up.
    func clientWritabilityChanged(_ isWritable: Bool) {
        if isWritable { service?.resumeReading() } else { service?.pauseReading() }
    }

    func clientStoppedSending() {
        guard isOpen else { return }
        machine.end(of: .client)
        if machine.isFinished { return finish() }
        guard machine.ending == nil else { return waitForCloseFrames() }
        service?.endOutput()
    }

    /// The client's connection is gone.
    func clientGone() {
        guard isOpen else { return }
        let connection = service
        if machine.hasEnded(.service), !hasClientFailed {
            // The way to it was closed; with its own end the connection was over.
            machine.end(of: .client)
            leave(orElse: "the client disconnected")
            connection?.finish(within: ClientTimeouts.stall)
            return
        }
        leave(orElse: "the client disconnected")
        if machine.hasEnded(.client) {
            // It had said all it had to say, and some of that may be on its way yet.
            connection?.finish(within: ClientTimeouts.stall)
        } else if machine.isWebSocket {
            connection?.close()
        } else {
            connection?.reset()
        }
    }

    // MARK: - What the service does

    private func serviceStopped() {
        guard isOpen else { return }
        machine.end(of: .service)
        if machine.isFinished { return finish() }
        guard machine.ending == nil else { return waitForCloseFrames() }
        client?.endOutput()
    }

    /// The connection to the service broke.
    private func serviceGone() {
        guard isOpen else { return }
        let client = client
        leave(orElse: "the service disconnected")
        if machine.isWebSocket || machine.hasEnded(.service) {
            // Frames show what is missing; or it had said itself that this was all.
            close(client, isOurs: false)
        } else {
            client?.resetTunnel()
        }
    }

    // MARK: - Ends of the gateway's making

    /// Ends the tunnel: a WebSocket with Close at the next frame boundary on each way, anything else at once.
    func end(because ending: TunnelEnding) {
        guard isOpen, machine.ending == nil else { return }
        let closing = machine.end(because: ending)
        guard machine.isWebSocket, ending != .brokenFrame || closing.toClient || closing.toService else {
            return finish()
        }
        if closing.toClient { sendCloseToClient() }
        if closing.toService, let service { sendClose(to: service) }
        client?.flush()
        service?.flush()
        guard isOpen else { return }
        endsBy = loop.now + TunnelTimeouts.boundary
        waitForCloseFrames()
    }

    /// Ends it where its token's session is over or its user blocked.
    func endIfRevoked(by changes: SessionChanges) {
        guard rules.endsWithToken, let identity = origin.identity else { return }
        switch changes.revocationStatus(of: identity) {
        case .good: break
        case .ended(let byUser): end(because: byUser ? .loggedOut : .tokenRevoked)
        case .blocked: end(because: .userBlocked)
        }
    }

    private func sendCloseToClient() {
        guard let close = machine.ending?.close else { return }
        client?.write(WebSocketCloseFrame.make(code: close.code, reason: close.reason))
    }

    private func sendClose(to service: ServiceConnection) {
        guard let close = machine.ending?.close else { return }
        var random = SystemRandomNumberGenerator()
        service.write(WebSocketCloseFrame.make(code: close.code, reason: close.reason, mask: random.next()))
    }

    /// What is left to wait for, once the gateway ends it.
    private func waitForCloseFrames() {
        guard isOpen else { return }
        if machine.isSettled { return finish() }
        if machine.isClosing { endsBy = min(endsBy, loop.now + TunnelTimeouts.close) }
        expectProgress()
    }

    // MARK: - Deadlines

    /// Sets the one deadline; called at events, not with every byte.
    private func expectProgress() {
        if machine.ending != nil {
            deadline = endsBy
            return
        }
        deadline = lastActivityAt.addingReportingOverflow(rules.idleTimeout).partialValue
        if let end = origin.tokenEndsAt {
            let (milliseconds, overflow) = end.multipliedReportingOverflow(by: 1000)
            guard !overflow else { return }
            let left = max(0, milliseconds - loop.wallMilliseconds)
            let (nanoseconds, isFar) = left.multipliedReportingOverflow(by: 1_000_000)
            let (instant, isBeyond) = loop.now.addingReportingOverflow(nanoseconds)
            if !isFar, !isBeyond { deadline = min(deadline, instant) }
        }
    }

    override func deadlinePassed() {
        if machine.ending != nil { return abandon() }
        if let end = origin.tokenEndsAt, loop.wallSeconds >= end { return self.end(because: .tokenExpired) }
        if loop.now >= lastActivityAt + rules.idleTimeout {
            guard peersRead() else { return end(because: .idle) }
            lastActivityAt = loop.now
            lastCheckedAt = loop.now
        }
        expectProgress()
    }

    /// Whether either side took some of what waits for it since the last look: who reads slowly reads, also what the kernel
    /// has taken long ago. Where bytes came since that look it says nothing, and whoever has something to read may have read.
    private func peersRead() -> Bool {
        if lastActivityAt != lastCheckedAt {
            unsentToClient = 0
            unsentToService = 0
        }
        let clientReads = client?.hasProgressed(since: &unsentToClient) ?? false
        let serviceReads = service?.hasProgressed(since: &unsentToService) ?? false
        return clientReads || serviceReads
    }

    /// No frame boundary came in time, or no Close of the other side.
    private func abandon() {
        let isClientCloseSent = machine.isShut(from: .service)
        let isServiceCloseSent = machine.isShut(from: .client)
        let (client, connection) = (client, service)
        leave(orElse: "the client disconnected")
        if isServiceCloseSent { connection?.finish(within: TunnelTimeouts.close) } else { connection?.close() }
        if isClientCloseSent { close(client, isOurs: true) } else { client?.reset() }
    }

    // MARK: - Over

    /// Both connections end, behind what was written to them.
    private func finish() {
        guard isOpen else { return }
        let (client, connection) = (client, service)
        leave(orElse: "the client disconnected")
        let isOurs = machine.ending != nil
        // What came last may have been written only: nobody flushes for a connection that has no service any more.
        client?.flush()
        connection?.finish(within: isOurs ? TunnelTimeouts.close : ClientTimeouts.stall)
        close(client, isOurs: isOurs)
    }

    private func close(_ client: HTTP1Connection?, isOurs: Bool) {
        client?.closeBehindTunnel(
            clientHasEnded: machine.hasEnded(.client),
            outputHasEnded: machine.hasEnded(.service),
            isOurs: isOurs
        )
    }

    /// Lets go of both connections, takes the tunnel out of the loop, and records it.
    ///
    /// - Parameter breach: for the log, where neither side nor the gateway had meant to end it.
    private func leave(orElse breach: StaticString) {
        guard isOpen else { return }
        isOpen = false
        client = nil
        service = nil
        shared.remove(self)
        loop.updateClock()
        origin.record.duration = (loop.now - origin.startedAt) / 1000
        origin.record.bytesIn = Int64(clamping: bytesIn)
        origin.record.bytesOut = Int64(clamping: bytesOut)
        origin.record.closeReason = closeReason(orElse: breach)
        origin.ended(origin.record)
    }

    /// Why it ended: what came first of all.
    private func closeReason(orElse breach: StaticString) -> StaticString {
        if let ending = machine.ending { return ending.closeReason }
        switch machine.firstToLeave {
        case .client: return "the client closed"
        case .service: return "the service closed"
        case nil: return breach
        }
    }
}

extension ClientTunnel: UpstreamResponseHandler {
    /// Nothing of the request is left to be sent.
    var isRequestSent: Bool { true }

    func serviceTunnelled(_ bytes: ByteBuffer) {
        guard isOpen else { return }
        pass(bytes)
    }

    func serviceStoppedSending() { serviceStopped() }

    func servicePaused() { client?.flush() }

    func serviceFailed(_ fault: ServiceFault) { serviceGone() }

    func serviceWritabilityChanged(_ isWritable: Bool) {
        if isWritable { client?.resumeReading() }
    }

    // A tunnel asks for no connection.
    func serviceConnected(_ connection: ServiceConnection) { connection.close() }
    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) {}
}
