import NIOCore

extension ByteBuffer {
    /// The same bytes for a write that may have to wait; in storage of their own where they would keep alive far more than
    /// they are. A peer that sends a byte at a time to one that does not read would otherwise hold a read buffer for each.
    func rightSized() -> ByteBuffer {
        guard storageCapacity > 4 * readableBytes + 512 else { return self }
        var copy = ByteBuffer()
        copy.reserveCapacity(readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
