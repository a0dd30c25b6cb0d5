import NIOCore

/// The buffer that all connections of one side of a loop read into in turn: idle connections hold none, and the bytes
/// of the next read are already in the processor's cache.
///
/// A read takes the buffer, and the receiver of its bytes puts it back afterwards. If some bytes are kept, the buffer
/// stays with them, and the next read makes another. Belongs to one loop.
final class LoopReceiveBuffer {
    /// Bytes.
    let capacity: Int
    private let eventLoop: any EventLoop
    private var spare: ByteBuffer?

    init(capacity: Int, eventLoop: any EventLoop) {
        self.capacity = capacity
        self.eventLoop = eventLoop
    }

    /// The buffer for a read, empty.
    func take(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        eventLoop.assertInEventLoop()
        if var buffer = spare.take(), buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil { return buffer }
        return allocator.buffer(capacity: capacity)
    }

    /// Puts back a buffer after reading; whether it is still referenced is checked at the next read. A buffer of
    /// another size did not come from here.
    func putBack(_ buffer: ByteBuffer) {
        guard buffer.storageCapacity == capacity else { return }
        spare = buffer
    }
}

/// Makes a channel read into its loop's buffer.
///
/// A channel keeps the first buffer that it gets for its lifetime. So that one is small: the size of a usual request
/// head.
struct LoopReceiveAllocator: RecvByteBufferAllocator {
    private static let first = 1024

    // A channel allocates on its loop, which the buffer asserts. A `NIOLoopBound` would make this too large for inline
    // storage, and each read would follow a pointer.
    nonisolated(unsafe) private let shared: LoopReceiveBuffer
    private var isFirst = true

    init(_ shared: LoopReceiveBuffer) {
        self.shared = shared
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        isFirst ? allocator.buffer(capacity: Self.first) : shared.take(allocator)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        isFirst = false
        // "May be larger next time": the channel then requests a buffer instead of reusing the first one.
        return true
    }
}
