import NIOCore

extension Channel {
    /// Configures the channel as one end of a tunnel: its peer may stop sending and continue reading, and reads keep no
    /// buffer.
    func configureForTunnel() {
        do {
            try syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            // Frames may be tiny, and each that waits costs more than its bytes.
            try syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 8 * 1024, high: 32 * 1024))
        } catch {
            // The channel is closed, and its handlers are notified.
        }
        useTransientReceiveBuffers()
    }

    /// From now on reads keep no buffer except the one of the first read.
    func useTransientReceiveBuffers() {
        do {
            try syncOptions?.setOption(.recvAllocator, value: TransientReceiveBuffers())
        } catch {
            // As above.
        }
    }
}
