import NIOCore

/// An HTTP/1.1 connection whose protocol was changed: its tunnel decides, and writes through here.
extension HTTP1Connection {
    func startTunnel(_ tunnel: ClientTunnel) {
        machine.tunnelBegan()
        // The exchange has ended with its response; nothing more is told to it.
        serveNothing()
        self.tunnel = tunnel
        // A generation may have come while the service had the handshake.
        if settings !== shared.settings { adoptSettings() }
        context?.channel.configureForTunnel()
        shared.add(tunnel)
        tunnel.begin(on: self)
        // What the client sent behind its handshake has waited for this, and so has its end.
        resumeReading()
        if hasInputEnded { note(.inputClosed) }
    }

    /// Says to the client that no more comes, behind what was written.
    func endOutput() {
        // Of a channel without input NIO closes all, and drops what was written. The tunnel hears of that end in its turn.
        guard !hasInputEnded else { return }
        context?.close(mode: .output, promise: nil)
    }

    /// Closes with a reset: what the client got is not to look whole.
    func resetTunnel() {
        context?.channel.resetOnClose()
        reset()
    }

    /// The tunnel is over: the connection ends behind what was written.
    ///
    /// - Parameters:
    ///   - clientHasEnded: the client sends no more.
    ///   - outputHasEnded: the client was told before that no more comes.
    ///   - isOurs: the gateway has ended it, and does not wait long for the client.
    func closeBehindTunnel(clientHasEnded: Bool, outputHasEnded: Bool, isOurs: Bool) {
        guard machine.phase == .tunnel else { return }
        tunnel = nil
        if clientHasEnded {
            _ = machine.close()
            expect(.stall, within: ClientTimeouts.stall)
            unsent = -1
            context?.channel.closeAfterWrites()
        } else {
            lingerAndClose()
            if outputHasEnded {
                // That is not told twice: the client has a moment for its own end.
                _ = hasProgressed(since: &unsent)
                expect(.stall, within: TunnelTimeouts.boundary)
            }
        }
        if isOurs { expect(.linger, within: ClientTimeouts.linger) }
        // Reading goes on where it was paused, so that the client's end is seen.
        resumeReading()
    }
}
