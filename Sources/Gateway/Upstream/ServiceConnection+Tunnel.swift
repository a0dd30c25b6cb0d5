import NIOCore
import TLS

/// A connection whose protocol the service changed: its bytes pass as they are, and it never serves another request.
extension ServiceConnection {
    /// Called before a request that may become a tunnel: the channel keeps the buffer of its first read for its
    /// lifetime, so this buffer should be small.
    func prepareForTunnel() {
        context?.channel.useTransientReceiveBuffers()
    }

    /// The head of its 101 was taken.
    func becomeTunnel() {
        outboundHead = ByteBuffer()
        tls?.allowsHalfClosure = true
        context?.channel.configureForTunnel()
    }

    /// Ends the output to the service, after the bytes that were written.
    func endOutput() {
        guard phase == .tunnel, !hasOutputEnded else { return }
        hasOutputEnded = true
        // With the other way closed too its exchange finishes it.
        if !hasInputEnded { context?.close(mode: .output, promise: nil) }
    }

    /// Closes with a reset, so that the service does not take the request for complete.
    func reset() {
        context?.channel.resetOnClose()
        close()
    }

    /// Closes after the bytes that were written; the handler receives no further event.
    ///
    /// - Parameter timeout: for the bytes that were written, in nanoseconds.
    func finish(within timeout: Int64) {
        guard phase == .tunnel else { return close() }
        exchange = nil
        phase = .leaving
        resumeReading()
        deadline = loop.now + timeout
        context?.channel.closeAfterWrites()
    }

    /// Handles the end of the connection of a tunnel.
    func tunnelEnded() {
        // With the way to the service closed, its own end was the connection's.
        if hasOutputEnded {
            if !hasInputEnded { exchange?.serviceStoppedSending() }
        } else {
            exchange?.serviceFailed(.closed)
        }
    }
}
