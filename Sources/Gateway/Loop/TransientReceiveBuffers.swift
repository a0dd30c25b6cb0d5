import NIOCore

/// A new buffer for each read, as large as the reads before it want it, and none that the channel holds on to but the first:
/// for tunnels, which are idle most of their life and whose bytes wait wherever they are, and for what TLS decrypts.
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
