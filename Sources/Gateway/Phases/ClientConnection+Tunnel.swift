import HTTPWire
import NIOCore

/// A tunnel: bytes of another protocol on their way between client and service, until either side, the token or the
/// gateway ends it. `TunnelMachine` decides; here its decisions meet the two connections.
extension ClientConnection {
    // MARK: - Bytes

    /// Passes on what the client sent; true where there was something.
    func passToService() -> Bool {
        guard inbound.readableBytes > 0 else { return false }
        var bytes = inbound
        inbound = ByteBuffer()
        guard let tunnel, let service else { return true }
        tunnel.lastActivityAt = loop.now
        let relayed = tunnel.machine.take(bytes.readableBytesUInt8Span, from: .client)
        if relayed.count > 0, let slice = bytes.readSlice(length: relayed.count) {
            request.bytesIn += UInt64(relayed.count)
            service.write(slice)
        }
        if relayed.closes { sendClose(to: service, tunnel) }
        // A write that fails ends the tunnel before it returns.
        service.flush()
        goOn(tunnel)
        return true
    }

    /// Passes on what the service sent; flushed by ``servicePaused()``.
    func serviceTunnelled(_ bytes: ByteBuffer) {
        guard let tunnel else { return }
        var bytes = bytes
        tunnel.lastActivityAt = loop.now
        let relayed = tunnel.machine.take(bytes.readableBytesUInt8Span, from: .service)
        if relayed.count > 0, let slice = bytes.readSlice(length: relayed.count) {
            response.bytesOut += UInt64(relayed.count)
            write(slice)
        }
        if relayed.closes { sendCloseToClient(tunnel) }
        goOn(tunnel)
    }

    private func goOn(_ tunnel: Tunnel) {
        // A write that failed has ended it.
        guard self.tunnel === tunnel else { return }
        if tunnel.machine.ending != nil {
            waitForCloseFrames(tunnel)
        } else if tunnel.machine.isBroken {
            endTunnel(because: .brokenFrame)
        }
    }

    // MARK: - Ends of the two sides

    func clientStoppedSending() {
        guard let tunnel else { return }
        tunnel.machine.end(of: .client)
        if tunnel.machine.isFinished { return finishTunnel(tunnel) }
        guard tunnel.machine.ending == nil else { return waitForCloseFrames(tunnel) }
        service?.endOutput()
    }

    func serviceStoppedSending() {
        guard let tunnel else { return }
        tunnel.machine.end(of: .service)
        if tunnel.machine.isFinished { return finishTunnel(tunnel) }
        guard tunnel.machine.ending == nil else { return waitForCloseFrames(tunnel) }
        context?.close(mode: .output, promise: nil)
    }

    /// The connection to the service broke.
    func serviceLeftTunnel(_ tunnel: Tunnel) {
        service = nil
        leave(tunnel, tunnel.closeReason(orElse: "the service left"))
        if tunnel.machine.isWebSocket || tunnel.machine.hasEnded(.service) {
            // Frames show what is missing; or it had said itself that this was all.
            lingeringCloseClient(tunnel)
        } else {
            response.endsWithConnection = true
            reset()
        }
    }

    /// The client's connection is gone.
    func clientLeftTunnel(_ tunnel: Tunnel) {
        if tunnel.machine.hasEnded(.service), !tunnel.hasClientFailed {
            // The way to it was closed; with its own end the connection was over.
            tunnel.machine.end(of: .client)
            leave(tunnel, tunnel.closeReason(orElse: "the client left"))
            let connection = service
            service = nil
            connection?.finish(within: GatewaySettings.clientStallTimeout)
        } else {
            leave(tunnel, tunnel.closeReason(orElse: "the client left"))
            let connection = service
            service = nil
            if tunnel.machine.hasEnded(.client) {
                // It had said all it had to say, and some of that may be on its way yet.
                connection?.finish(within: GatewaySettings.clientStallTimeout)
            } else if tunnel.machine.isWebSocket {
                connection?.close()
            } else {
                connection?.reset()
            }
        }
    }

    // MARK: - Ends of the gateway's making

    /// Ends the tunnel: a WebSocket with Close at the next border on each way, anything else at once.
    func endTunnel(because ending: TunnelEnding) {
        guard let tunnel, tunnel.machine.ending == nil else { return }
        let closing = tunnel.machine.end(because: ending)
        guard tunnel.machine.isWebSocket, ending != .brokenFrame || closing.toClient || closing.toService else {
            return finishTunnel(tunnel)
        }
        if closing.toClient { sendCloseToClient(tunnel) }
        if closing.toService, let service { sendClose(to: service, tunnel) }
        flushWritten()
        service?.flush()
        // A failed write may have ended it.
        guard self.tunnel === tunnel else { return }
        tunnel.endsBy = loop.now + Tunnel.frameBoundaryTimeout
        waitForCloseFrames(tunnel)
    }

    /// Ends it where its token's session is over or its user blocked.
    func endTunnelIfRevoked() {
        guard let tunnel, tunnel.rules.endsWithToken, let identity = request.identity else { return }
        switch worker.changes.revocationStatus(of: identity) {
        case .good: break
        case .ended(let byUser): endTunnel(because: byUser ? .loggedOut : .tokenRevoked)
        case .blocked: endTunnel(because: .userBlocked)
        }
    }

    private func sendCloseToClient(_ tunnel: Tunnel) {
        guard let close = tunnel.machine.ending?.close else { return }
        write(WebSocketCloseFrame.make(code: close.code, reason: close.reason))
    }

    private func sendClose(to service: ServiceConnection, _ tunnel: Tunnel) {
        guard let close = tunnel.machine.ending?.close else { return }
        var random = SystemRandomNumberGenerator()
        service.write(WebSocketCloseFrame.make(code: close.code, reason: close.reason, mask: random.next()))
    }

    /// What is left to wait for, once the gateway ends it.
    private func waitForCloseFrames(_ tunnel: Tunnel) {
        if tunnel.machine.isSettled { return finishTunnel(tunnel) }
        if tunnel.machine.isClosing { tunnel.endsBy = min(tunnel.endsBy, loop.now + Tunnel.closeTimeout) }
        scheduleTunnelDeadline(tunnel)
    }

    // MARK: - Deadlines

    /// Sets the one deadline; called at events, not with every byte.
    func scheduleTunnelDeadline(_ tunnel: Tunnel) {
        wait = .tunnel
        if tunnel.machine.ending != nil {
            deadline = tunnel.endsBy
            return
        }
        deadline = tunnel.lastActivityAt.addingReportingOverflow(tunnel.rules.idleTimeout).partialValue
        if let end = tunnel.tokenEndsAt {
            let (milliseconds, overflow) = end.multipliedReportingOverflow(by: 1000)
            guard !overflow else { return }
            let left = max(0, milliseconds - loop.wallMilliseconds)
            let (nanoseconds, isFar) = left.multipliedReportingOverflow(by: 1_000_000)
            let (instant, isBeyond) = loop.now.addingReportingOverflow(nanoseconds)
            if !isFar, !isBeyond { deadline = min(deadline, instant) }
        }
    }

    func tunnelWaitEnded() {
        guard let tunnel else { return }
        if tunnel.machine.ending != nil { return abandon(tunnel) }
        if let end = tunnel.tokenEndsAt, loop.wallSeconds >= end { return endTunnel(because: .tokenExpired) }
        if loop.now >= tunnel.lastActivityAt + tunnel.rules.idleTimeout {
            guard peersRead(tunnel) else { return endTunnel(because: .idle) }
            tunnel.lastActivityAt = loop.now
            tunnel.lastCheckedAt = loop.now
        }
        scheduleTunnelDeadline(tunnel)
    }

    /// Whether either side took some of what waits for it since the last look: who reads slowly reads, also what the kernel
    /// has taken long ago. Where bytes came since that look it says nothing, and whoever has something to read may have read.
    private func peersRead(_ tunnel: Tunnel) -> Bool {
        if tunnel.lastActivityAt != tunnel.lastCheckedAt {
            unsentAtLastCheck = 0
            tunnel.unsentToService = 0
        }
        let clientReads = hasClientProgressed()
        let serviceReads = service?.hasProgressed(since: &tunnel.unsentToService) ?? false
        return clientReads || serviceReads
    }

    /// No border came in time, or no Close of the other side.
    private func abandon(_ tunnel: Tunnel) {
        let isClientCloseSent = tunnel.machine.isShut(from: .service)
        let isServiceCloseSent = tunnel.machine.isShut(from: .client)
        leave(tunnel, tunnel.closeReason(orElse: "the client left"))
        let connection = service
        service = nil
        if isServiceCloseSent { connection?.finish(within: Tunnel.closeTimeout) } else { connection?.close() }
        guard isClientCloseSent else { return reset() }
        lingeringCloseClient(tunnel)
        expect(.linger, within: GatewaySettings.lingerTimeout)
    }

    // MARK: - Over

    /// Both connections end, behind what was written to them.
    private func finishTunnel(_ tunnel: Tunnel) {
        leave(tunnel, tunnel.closeReason(orElse: "the client left"))
        let connection = service
        service = nil
        let isOurs = tunnel.machine.ending != nil
        // What came last may have been written only: nobody flushes for a connection that has no service any more.
        flushWritten()
        connection?.finish(within: isOurs ? Tunnel.closeTimeout : GatewaySettings.clientStallTimeout)
        lingeringCloseClient(tunnel)
        if isOurs { expect(.linger, within: GatewaySettings.lingerTimeout) }
    }

    /// Takes the tunnel out of the worker's hands, and records it.
    private func leave(_ tunnel: Tunnel, _ reason: StaticString) {
        worker.tunnels[ObjectIdentifier(self)] = nil
        self.tunnel = nil
        _ = request.machine.abandon()
        record(.tunnel(reason))
        request.identity = nil
    }

    private func lingeringCloseClient(_ tunnel: Tunnel) {
        guard phase == .tunnel else { return }
        if tunnel.machine.hasEnded(.client) {
            phase = .lingeringClose
            expect(.clientStall, within: GatewaySettings.clientStallTimeout)
            context?.channel.closeAfterWrites()
        } else {
            lingeringClose()
            if tunnel.machine.hasEnded(.service) {
                // The way to it is closed already, which is not told twice: it has a moment for its own end.
                _ = hasClientProgressed()
                expect(.clientStall, within: Tunnel.frameBoundaryTimeout)
            }
        }
        // Reading goes on where it was paused, so that the client's end is seen.
        process()
    }
}
