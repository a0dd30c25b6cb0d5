import NIOCore

/// The buffer that all connections of one side of a loop read into, one after the other: an idle one holds none, and the
/// bytes of the next read are in the processor's cache already.
///
/// A read takes the buffer; when its bytes are worked through, whoever got them puts it back. Where some of them are kept,
/// the buffer stays with them, and the next read makes another. Belongs to one loop.
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

    /// Puts back what was read into; whether anybody else still holds it is seen at the next read. Of another size it did
    /// not come from here.
    func putBack(_ buffer: ByteBuffer) {
        guard buffer.storageCapacity == capacity else { return }
        spare = buffer
    }
}

/// Has a channel read into its loop's buffer.
///
/// A channel holds on to the first buffer that it gets, for good. So that one is small: the usual head of a request.
struct LoopReceiveAllocator: RecvByteBufferAllocator {
    private static let first = 1024

    // A channel asks on its loop; the buffer has an eye on that. A `NIOLoopBound` would make this too large to be stored
    // without a box, which each read would look into.
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
        // "May be larger next time": the channel then asks for a buffer instead of using the first one again.
        return true
    }
}
