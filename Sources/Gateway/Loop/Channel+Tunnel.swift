import NIOCore

extension Channel {
    /// Makes the channel one end of a tunnel: its peer may stop sending and go on reading, and reads leave nothing behind.
    func configureForTunnel() {
        do {
            try syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            // Frames may be tiny, and each that waits costs more than its bytes.
            try syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 8 * 1024, high: 32 * 1024))
        } catch {
            // The channel is closed, of which its handlers hear.
        }
        useTransientReceiveBuffers()
    }

    /// From now on reads leave nothing behind but the buffer of the first one.
    func useTransientReceiveBuffers() {
        do {
            try syncOptions?.setOption(.recvAllocator, value: TransientReceiveBuffers())
        } catch {
            // As above.
        }
    }
}
