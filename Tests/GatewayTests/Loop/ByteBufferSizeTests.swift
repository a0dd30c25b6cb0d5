import NIOCore
import Testing

@testable import Gateway

@Suite("Bytes that wait keep little more alive than themselves")
struct ByteBufferSizeTests {
    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

    /// A read of that many bytes into a buffer that has room for more.
    private static func read(_ count: Int, capacity: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        buffer.writeBytes(bytes(count))
        return buffer
    }

    private static func address(_ buffer: ByteBuffer) -> UnsafeRawPointer? {
        buffer.withUnsafeReadableBytes { $0.baseAddress }
    }

    @Test("a few bytes of a large read are moved", arguments: [1, 2, 100, 383])
    func moved(count: Int) {
        let buffer = Self.read(count, capacity: 2048)
        let small = buffer.rightSized()
        #expect(small == buffer && small.readableBytes == count)
        #expect(Self.address(small) != Self.address(buffer))
        #expect(small.storageCapacity < 2 * count + 16 && small.storageCapacity < buffer.storageCapacity)
    }

    @Test("those that use a good part of it stay where they are", arguments: [384, 385, 1024, 2048])
    func stay(count: Int) {
        let buffer = Self.read(count, capacity: 2048)
        let same = buffer.rightSized()
        #expect(same == buffer && Self.address(same) == Self.address(buffer))
        #expect(same.storageCapacity == 2048)
    }

    @Test("so do those of a small read, however few", arguments: [0, 1, 17])
    func small(count: Int) {
        let buffer = Self.read(count, capacity: 512)
        #expect(Self.address(buffer.rightSized()) == Self.address(buffer))
    }

    @Test("a slice is its bytes and no others, and what it was taken from stays as it is")
    func slice() throws {
        var buffer = Self.read(20_000, capacity: 32 << 10)
        buffer.moveReaderIndex(forwardBy: 300)
        let taken = buffer.readSlice(length: 50)
        let slice = try #require(taken)
        var small = slice.rightSized()
        #expect(Array(small.readableBytesView) == Array(Self.bytes(20_000)[300..<350]))
        #expect(small.readerIndex == 0 && small.storageCapacity < 128)
        small.setInteger(0xFF as UInt8, at: 0)
        #expect(slice.getInteger(at: slice.readerIndex, as: UInt8.self) == UInt8(truncatingIfNeeded: 300))
        #expect(buffer.readableBytes == 20_000 - 350)
    }

    @Test("nothing keeps nothing")
    func nothing() {
        let buffer = Self.read(0, capacity: 32 << 10)
        #expect(buffer.rightSized().readableBytes == 0 && buffer.rightSized().storageCapacity == 0)
        #expect(ByteBuffer().rightSized().storageCapacity == 0)
    }
}
