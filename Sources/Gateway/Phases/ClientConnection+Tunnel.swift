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
        tunnel.movedAt = loop.now
        let passage = tunnel.machine.take(bytes.readableBytesUInt8Span, from: .client)
        if passage.count > 0, let slice = bytes.readSlice(length: passage.count) {
            request.bytesIn += UInt64(passage.count)
            service.write(slice)
        }
        if passage.closes { sayClose(to: service, tunnel) }
        // A write that fails ends the tunnel before it returns.
        service.flush()
        goOn(tunnel)
        return true
    }

    /// Passes on what the service sent; flushed by ``servicePaused()``.
    func serviceTunnelled(_ bytes: ByteBuffer) {
        guard let tunnel else { return }
        var bytes = bytes
        tunnel.movedAt = loop.now
        let passage = tunnel.machine.take(bytes.readableBytesUInt8Span, from: .service)
        if passage.count > 0, let slice = bytes.readSlice(length: passage.count) {
            response.bytesOut += UInt64(passage.count)
            write(slice)
        }
        if passage.closes { sayCloseToClient(tunnel) }
        goOn(tunnel)
    }

    private func goOn(_ tunnel: Tunnel) {
        // A write that failed has ended it.
        guard self.tunnel === tunnel else { return }
        if tunnel.machine.ending != nil {
            waitForFarewells(tunnel)
        } else if tunnel.machine.isBroken {
            endTunnel(because: .brokenFrame)
        }
    }

    // MARK: - Ends of the two sides

    func clientStoppedSending() {
        guard let tunnel else { return }
        tunnel.machine.end(of: .client)
        if tunnel.machine.isOver { return finishTunnel(tunnel) }
        guard tunnel.machine.ending == nil else { return waitForFarewells(tunnel) }
        service?.endOutput()
    }

    func serviceStoppedSending() {
        guard let tunnel else { return }
        tunnel.machine.end(of: .service)
        if tunnel.machine.isOver { return finishTunnel(tunnel) }
        guard tunnel.machine.ending == nil else { return waitForFarewells(tunnel) }
        context?.close(mode: .output, promise: nil)
    }

    /// The connection to the service broke.
    func serviceLeftTunnel(_ tunnel: Tunnel) {
        service = nil
        leave(tunnel, tunnel.word(orElse: "the service left"))
        if tunnel.machine.isWebSocket || tunnel.machine.hasEnded(.service) {
            // Frames show what is missing; or it had said itself that this was all.
            drainClient(tunnel)
        } else {
            response.endsWithConnection = true
            cut()
        }
    }

    /// The client's connection is gone.
    func clientLeftTunnel(_ tunnel: Tunnel) {
        if tunnel.machine.hasEnded(.service), !tunnel.hasClientFailed {
            // The way to it was closed; with its own end the connection was over.
            tunnel.machine.end(of: .client)
            leave(tunnel, tunnel.word(orElse: "the client left"))
            let connection = service
            service = nil
            connection?.finish(within: GatewaySettings.clientStallTimeout)
        } else {
            leave(tunnel, tunnel.word(orElse: "the client left"))
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
        if closing.toClient { sayCloseToClient(tunnel) }
        if closing.toService, let service { sayClose(to: service, tunnel) }
        flushWritten()
        service?.flush()
        // A failed write may have ended it.
        guard self.tunnel === tunnel else { return }
        tunnel.endsBy = loop.now + Tunnel.borderTimeout
        waitForFarewells(tunnel)
    }

    /// Ends it where its token's session is over or its user blocked.
    func endTunnelIfRevoked() {
        guard let tunnel, tunnel.rules.endsWithToken, let identity = request.identity else { return }
        switch worker.changes.standing(of: identity) {
        case .good: break
        case .ended(let byUser): endTunnel(because: byUser ? .loggedOut : .tokenRevoked)
        case .blocked: endTunnel(because: .userBlocked)
        }
    }

    private func sayCloseToClient(_ tunnel: Tunnel) {
        guard let close = tunnel.machine.ending?.close else { return }
        write(WebSocketCloseFrame.make(code: close.code, reason: close.reason))
    }

    private func sayClose(to service: ServiceConnection, _ tunnel: Tunnel) {
        guard let close = tunnel.machine.ending?.close else { return }
        var random = SystemRandomNumberGenerator()
        service.write(WebSocketCloseFrame.make(code: close.code, reason: close.reason, mask: random.next()))
    }

    /// What is left to wait for, once the gateway ends it.
    private func waitForFarewells(_ tunnel: Tunnel) {
        if tunnel.machine.isSettled { return finishTunnel(tunnel) }
        if tunnel.machine.isClosing { tunnel.endsBy = min(tunnel.endsBy, loop.now + Tunnel.closeTimeout) }
        expectTunnel(tunnel)
    }

    // MARK: - Deadlines

    /// Sets the one deadline; called at events, not with every byte.
    func expectTunnel(_ tunnel: Tunnel) {
        wait = .tunnel
        if tunnel.machine.ending != nil {
            deadline = tunnel.endsBy
            return
        }
        deadline = tunnel.movedAt.addingReportingOverflow(tunnel.rules.idleTimeout).partialValue
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
        if loop.now >= tunnel.movedAt + tunnel.rules.idleTimeout {
            guard peersRead(tunnel) else { return endTunnel(because: .idle) }
            tunnel.movedAt = loop.now
            tunnel.lookedAt = loop.now
        }
        expectTunnel(tunnel)
    }

    /// Whether either side took some of what waits for it since the last look: who reads slowly reads, also what the kernel
    /// has taken long ago. Where bytes came since that look it says nothing, and whoever has something to read may have read.
    private func peersRead(_ tunnel: Tunnel) -> Bool {
        if tunnel.movedAt != tunnel.lookedAt {
            unsentAtLastLook = 0
            tunnel.unsentToService = 0
        }
        let clientReads = clientMoved()
        let serviceReads = service?.hasMoved(since: &tunnel.unsentToService) ?? false
        return clientReads || serviceReads
    }

    /// No border came in time, or no Close of the other side.
    private func abandon(_ tunnel: Tunnel) {
        let hasToldClient = tunnel.machine.isShut(from: .service)
        let hasToldService = tunnel.machine.isShut(from: .client)
        leave(tunnel, tunnel.word(orElse: "the client left"))
        let connection = service
        service = nil
        if hasToldService { connection?.finish(within: Tunnel.closeTimeout) } else { connection?.close() }
        guard hasToldClient else { return cut() }
        drainClient(tunnel)
        expect(.linger, within: GatewaySettings.lingerTimeout)
    }

    // MARK: - Over

    /// Both connections end, behind what was written to them.
    private func finishTunnel(_ tunnel: Tunnel) {
        leave(tunnel, tunnel.word(orElse: "the client left"))
        let connection = service
        service = nil
        let isOurs = tunnel.machine.ending != nil
        // What came last may have been written only: nobody flushes for a connection that has no service any more.
        flushWritten()
        connection?.finish(within: isOurs ? Tunnel.closeTimeout : GatewaySettings.clientStallTimeout)
        drainClient(tunnel)
        if isOurs { expect(.linger, within: GatewaySettings.lingerTimeout) }
    }

    /// Takes the tunnel out of the worker's hands, and records it.
    private func leave(_ tunnel: Tunnel, _ word: StaticString) {
        worker.tunnels[ObjectIdentifier(self)] = nil
        self.tunnel = nil
        _ = request.machine.abandon()
        record(.tunnel(word))
        request.identity = nil
    }

    private func drainClient(_ tunnel: Tunnel) {
        guard phase == .tunnel else { return }
        if tunnel.machine.hasEnded(.client) {
            phase = .drain
            expect(.clientStall, within: GatewaySettings.clientStallTimeout)
            context?.channel.closeBehindWrites()
        } else {
            drain()
            if tunnel.machine.hasEnded(.service) {
                // The way to it is closed already, which is not told twice: it has a moment for its own end.
                _ = clientMoved()
                expect(.clientStall, within: Tunnel.borderTimeout)
            }
        }
        // Reading goes on where it was paused, so that the client's end is seen.
        process()
    }
}
