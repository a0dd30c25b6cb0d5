import NIOCore

extension ByteBuffer {
    /// The same bytes for a write that may wait; in their own storage if they would keep a much larger buffer alive.
    /// Otherwise a peer that sends single bytes to a peer that does not read would hold a read buffer for each.
    func rightSized() -> ByteBuffer {
        guard storageCapacity > 4 * readableBytes + 512 else { return self }
        var copy = ByteBuffer()
        copy.reserveCapacity(readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
