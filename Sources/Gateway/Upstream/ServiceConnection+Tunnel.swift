import NIOCore
import TLS

/// A connection whose protocol the service changed: its bytes pass as they are, and it never serves another request.
extension ServiceConnection {
    /// A request goes out that may make a tunnel of it: the channel keeps the buffer of its first read for good, which
    /// is not to be a large one.
    func prepareForTunnel() {
        context?.channel.useTransientReceiveBuffers()
    }

    /// The head of its 101 was taken.
    func becomeTunnel() {
        outboundHead = ByteBuffer()
        tls?.allowsHalfClosure = true
        context?.channel.configureForTunnel()
    }

    /// Says to the service that no more comes, behind what was written.
    func endOutput() {
        guard phase == .tunnel, !hasOutputEnded else { return }
        hasOutputEnded = true
        // With the other way closed too its exchange finishes it.
        if !hasInputEnded { context?.close(mode: .output, promise: nil) }
    }

    /// Closes with a reset: what the service got is not to look whole.
    func reset() {
        context?.channel.resetOnClose()
        close()
    }

    /// Closes behind what was written; its exchange hears nothing more.
    ///
    /// - Parameter timeout: for what was written, in nanoseconds.
    func finish(within timeout: Int64) {
        guard phase == .tunnel else { return close() }
        exchange = nil
        phase = .leaving
        resumeReading()
        deadline = loop.now + timeout
        context?.channel.closeAfterWrites()
    }

    /// The connection is gone while it was a tunnel.
    func tunnelEnded() {
        // With the way to the service closed, its own end was the connection's.
        if hasOutputEnded {
            if !hasInputEnded { exchange?.serviceStoppedSending() }
        } else {
            exchange?.serviceFailed(.closed)
        }
    }
}
