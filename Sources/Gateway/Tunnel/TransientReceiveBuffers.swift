import NIOCore

/// A new buffer for each read, which nobody keeps: a tunnel is idle most of its life, and a channel would hold on to the
/// buffer of its last read. As large as the reads before it want it.
struct TransientReceiveBuffers: RecvByteBufferAllocator {
    private static let smallest = 2 * 1024
    private static let largest = 32 * 1024

    private var capacity = TransientReceiveBuffers.smallest

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: capacity) }

    mutating func record(actualReadBytes count: Int) -> Bool {
        if count >= capacity {
            capacity = min(2 * capacity, TransientReceiveBuffers.largest)
        } else if count < capacity / 4 {
            capacity = max(capacity / 2, TransientReceiveBuffers.smallest)
        }
        // "May be larger next time": the channel then does not use the last one again.
        return true
    }
}

extension Channel {
    /// Makes the channel one end of a tunnel: its peer may stop sending and go on reading, and reads leave nothing behind.
    func joinTunnel() {
        do {
            try syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            // Frames may be tiny, and each that waits costs more than its bytes.
            try syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 8 * 1024, high: 32 * 1024))
        } catch {
            // The channel is closed, of which its handlers hear.
        }
        readLightly()
    }

    /// From now on reads leave nothing behind but the buffer of the first one.
    func readLightly() {
        do {
            try syncOptions?.setOption(.recvAllocator, value: TransientReceiveBuffers())
        } catch {
            // As above.
        }
    }
}
