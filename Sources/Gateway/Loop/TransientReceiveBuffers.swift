import NIOCore

/// A new buffer for each read, sized by the reads before it, and none kept by the channel except the first: for
/// tunnels, which are mostly idle and whose bytes wait anywhere, and for TLS, which decrypts into other buffers.
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
