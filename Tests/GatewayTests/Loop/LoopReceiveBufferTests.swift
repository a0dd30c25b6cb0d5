import NIOCore
import NIOEmbedded
import NIOPosix
import RandomJSON
import Testing

@testable import Gateway

@Suite("The buffer that a loop's connections read into")
struct LoopReceiveBufferTests {
    private static let allocator = ByteBufferAllocator()

    @Test("is the same for the next read once nobody holds any of it")
    func again() {
        let shared = LoopReceiveBuffer(capacity: 4096, eventLoop: EmbeddedEventLoop())
        var place: UInt = 0
        var decoys: [ByteBuffer] = []
        for turn in 0..<3 {
            // What was freed is here, so that new storage would be elsewhere.
            decoys += (0..<8).map { _ in Self.allocator.buffer(capacity: 4096) }
            var buffer = shared.take(Self.allocator)
            #expect(buffer.readableBytes == 0 && buffer.writableBytes == 4096)
            if turn == 0 { place = address(buffer) }
            #expect(address(buffer) == place)
            buffer.writeString("read by turn \(turn)")
            shared.putBack(buffer)
        }
        #expect(decoys.allSatisfy { address($0) != place })
    }

    @Test("is another one while it is away")
    func away() {
        let shared = LoopReceiveBuffer(capacity: 4096, eventLoop: EmbeddedEventLoop())
        let first = shared.take(Self.allocator)
        #expect(address(shared.take(Self.allocator)) != address(first))
    }

    @Test("takes no buffer that did not come from it", arguments: [0, 1024, 8192])
    func stranger(capacity: Int) {
        let shared = LoopReceiveBuffer(capacity: 4096, eventLoop: EmbeddedEventLoop())
        let own = shared.take(Self.allocator)
        let place = address(own)
        shared.putBack(own)
        shared.putBack(Self.allocator.buffer(capacity: capacity))
        _ = consume own
        // What was freed is here.
        let decoys = (0..<8).map { _ in Self.allocator.buffer(capacity: 4096) }
        #expect(decoys.allSatisfy { address($0) != place })
        #expect(address(shared.take(Self.allocator)) == place)
    }

    @Test("is used again where nobody keeps any of it, and else changes none of its bytes, in any order")
    func model() {
        var random = SeededGenerator()
        print("shared read buffer: MENSHEN_TEST_SEED=\(random.seed)")
        let shared = LoopReceiveBuffer(capacity: 64, eventLoop: EmbeddedEventLoop())
        var kept: [(bytes: ByteBuffer, expected: [UInt8])] = []
        // Where the last buffer lies, if nobody kept any of it.
        var free: UInt?
        var uses = 0
        for _ in 0..<5000 {
            // What was freed is here, so that new storage would be elsewhere.
            let decoy = Self.allocator.buffer(capacity: 64)
            var buffer = shared.take(Self.allocator)
            #expect(buffer.readableBytes == 0)
            if let place = free {
                #expect(address(buffer) == place && address(decoy) != place)
                uses += 1
            }
            free = address(buffer)
            let bytes = (0..<Int.random(in: 1...64, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            buffer.writeBytes(bytes)
            if Bool.random(using: &random) {
                let start = Int.random(in: 0..<bytes.count, using: &random)
                if let slice = buffer.getSlice(at: start, length: bytes.count - start) {
                    kept.append((slice, Array(bytes[start...])))
                    free = nil
                }
            }
            shared.putBack(buffer)
            if kept.count > 4 || Bool.random(using: &random), !kept.isEmpty {
                kept.remove(at: Int.random(in: 0..<kept.count, using: &random))
            }
            #expect(kept.allSatisfy { Array($0.bytes.readableBytesView) == $0.expected })
        }
        #expect(uses > 1000 && uses < 4000)
    }

    /// Notes where the bytes of each read lie, and puts the buffer back.
    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        struct Read: Sendable {
            var text: String
            var capacity: Int
            var place: UInt
        }

        private let shared: LoopReceiveBuffer
        private let reads: Watched<[Read]>

        init(_ shared: LoopReceiveBuffer, _ reads: Watched<[Read]>) {
            self.shared = shared
            self.reads = reads
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            reads.withLock {
                $0.append(Read(text: String(buffer: bytes), capacity: bytes.storageCapacity, place: address(bytes)))
            }
            shared.putBack(bytes)
        }
    }

    /// This is what the channel has to do with the buffers it gets, so that idle connections hold none.
    @Test("is what all connections read into, but for the first read of each")
    func connections() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let reads = Watched<[Reader.Read]>([])
        let shared = try await loop.submit {
            NIOLoopBound(LoopReceiveBuffer(capacity: 4096, eventLoop: loop), eventLoop: loop)
        }.get()
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let allocator = LoopReceiveAllocator(shared.value)
                    try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
                    try channel.pipeline.syncOperations.addHandler(Reader(shared.value, reads))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            let clients = try (0..<3).map { _ in try RawClient(port: port) }
            for turn in 0..<4 {
                for (number, client) in clients.enumerated() {
                    try client.send("\(turn) of \(number)")
                    try reads.wait(for: "what was sent") { $0.count == turn * clients.count + number + 1 }
                }
            }
            for client in clients { client.close() }
        }
        try await group.shutdownGracefully()
        let all = reads.withLock { $0 }
        #expect(all.map(\.text) == (0..<4).flatMap { turn in (0..<3).map { "\(turn) of \($0)" } })
        #expect(all.prefix(3).map(\.capacity) == [1024, 1024, 1024])
        #expect(all.dropFirst(3).allSatisfy { $0.capacity == 4096 })
        #expect(Set(all.dropFirst(3).map(\.place)).count == 1)
    }
}

private func address(_ buffer: ByteBuffer) -> UInt {
    buffer.withVeryUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
}
