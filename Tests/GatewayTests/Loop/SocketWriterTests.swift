import NIOCore
import NIOPosix
import RandomJSON
import Testing

@testable import Gateway

@Suite("Writing past the channel")
struct SocketWriterTests {
    /// What became of what was sent.
    private struct Outcomes: Sendable {
        var whole = 0
        var partly = 0
        var refused = 0
        /// The channel held something before.
        var behind = 0

        var hasSeenAll: Bool { whole > 0 && partly > 0 && behind > 0 }

        /// - Parameters: what the channel held before so many bytes were sent, and afterwards.
        mutating func count(_ before: Int, _ after: Int, of bytes: Int) {
            switch (before, after) {
            case (0, 0): whole += 1
            case (0, 1..<bytes): partly += 1
            case (0, _): refused += 1
            default: behind += 1
            }
        }
    }

    /// A connection that writes as the gateway's do. Everything happens on its loop.
    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let writer = SocketWriter()
        private var context: ChannelHandlerContext?
        private(set) var written: [UInt8] = []
        private(set) var outcomes = Outcomes()
        /// Of sends with a piece in the midst of the bytes.
        private(set) var outcomesWithPiece = Outcomes()
        /// Of those, where the socket took only a part: before the piece, within it, and behind it.
        private(set) var cuts = [0, 0, 0]

        var hasSeenAll: Bool {
            outcomes.hasSeenAll && outcomesWithPiece.hasSeenAll && cuts.allSatisfy { $0 > 0 }
        }

        func handlerAdded(context: ChannelHandlerContext) {
            self.context = context
        }

        func handlerRemoved(context: ChannelHandlerContext) {
            self.context = nil
        }

        func channelActive(context: ChannelHandlerContext) {
            writer.open(context.channel)
        }

        private func next(_ count: Int) -> ByteBuffer {
            let start = written.count
            let bytes = (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            written += bytes
            return ByteBuffer(bytes: bytes)
        }

        func write(_ count: Int) {
            if let context { writer.write(next(count), to: context) }
        }

        /// - Parameter piece: which of the bytes lie elsewhere; nil: none.
        func send(_ count: Int, piece: Range<Int>? = nil) {
            guard let context else { return }
            let before = held ?? 0
            if let piece {
                var bytes = next(piece.lowerBound)
                let midst = next(piece.count)
                bytes.writeImmutableBuffer(next(count - piece.upperBound))
                writer.send(bytes, with: midst, at: piece.lowerBound, to: context)
                let after = held ?? 0
                outcomesWithPiece.count(before, after, of: count)
                if before == 0, 1..<count ~= after {
                    let taken = count - after
                    cuts[taken < piece.lowerBound ? 0 : taken < piece.upperBound ? 1 : 2] += 1
                }
            } else {
                writer.send(next(count), to: context)
                outcomes.count(before, held ?? 0, of: count)
            }
            writer.flush(context)
        }

        func flush() {
            if let context { writer.flush(context) }
        }

        func hasProgressed(since unsent: inout Int) -> Bool {
            guard let context else { return false }
            return writer.hasProgressed(since: &unsent, of: context.channel)
        }

        /// What the channel tells when it is closed.
        ///
        /// - Returns: whether the writer knows a socket before and afterwards.
        func end() -> [Bool] {
            let before = writer.isOpen
            writer.close()
            return [before, writer.isOpen]
        }

        var hasUnreadInput: Bool { writer.hasUnreadInput }

        func stopReading() throws {
            try context?.channel.syncOptions?.setOption(.autoRead, value: false)
        }

        /// - Returns: how many of five bytes the channel holds after they were sent, and before a flush.
        func sendFive() -> Int? {
            if let context { writer.send(ByteBuffer(string: "after"), to: context) }
            return held
        }

        /// Bytes that the channel holds.
        private var held: Int? {
            guard let options = context?.channel.syncOptions else { return nil }
            return (try? options.getOption(.bufferedWritableBytes)).map { Int($0) }
        }
    }

    /// Runs the body with a connection of the loop's and the client at its other end, in a thread of its own.
    private static func run(
        _ body: @escaping @Sendable (RawClient, any EventLoop, NIOLoopBound<Connection>) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let accepted = loop.makePromise(of: NIOLoopBound<Connection>.self)
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.socketOption(.so_sndbuf), value: 4096)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = Connection()
                    try channel.pipeline.syncOperations.addHandler(connection)
                    accepted.succeed(NIOLoopBound(connection, eventLoop: channel.eventLoop))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            let client = try RawClient(port: port, receiveBuffer: 4096)
            try await body(client, loop, accepted.futureResult.get())
            client.close()
        }
        try await group.shutdownGracefully()
    }

    @Test("tells of bytes that have arrived and that nobody has read")
    func unread() async throws {
        try await Self.run { client, loop, connection in
            try await loop.submit { try connection.value.stopReading() }.get()
            #expect(try await loop.submit { connection.value.hasUnreadInput }.get() == false)
            try client.send("x")
            try await waitUntil("a byte in the kernel") {
                try await loop.submit { connection.value.hasUnreadInput }.get()
            }
        }
    }

    @Test("keeps all bytes in their order, whatever goes which way and however slowly the other side reads")
    func order() async throws {
        try await Self.run { client, loop, connection in
            var random = SeededGenerator()
            print("writing past the channel: MENSHEN_TEST_SEED=\(random.seed)")
            var received: [UInt8] = []
            // What the kernel takes at a time is its own affair: as many rounds as it needs to show every way, within bounds.
            for round in 0..<4000 {
                if round >= 400, try await loop.submit({ connection.value.hasSeenAll }).get() { break }
                let count = Int.random(in: 1...(Bool.random(using: &random) ? 300 : 20_000), using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0: try await loop.submit { connection.value.write(count) }.get()
                case 1: try await loop.submit { connection.value.flush() }.get()
                case 2...5:
                    let start = Int.random(in: 0...count, using: &random)
                    let end = Int.random(in: start...count, using: &random)
                    try await loop.submit { connection.value.send(count, piece: start..<end) }.get()
                default: try await loop.submit { connection.value.send(count) }.get()
                }
                let written = try await loop.submit { connection.value.written.count }.get()
                // Half the time the client catches up, so that both ways are taken.
                if Bool.random(using: &random) {
                    try await loop.submit { connection.value.flush() }.get()
                    try Self.read(&received, upTo: written, from: client)
                }
            }
            let (written, outcomes, cuts) = try await loop.submit {
                let connection = connection.value
                connection.flush()
                return (
                    connection.written, [connection.outcomes, connection.outcomesWithPiece], connection.cuts
                )
            }.get()
            try Self.read(&received, upTo: written.count, from: client)
            #expect(received == written)
            for outcomes in outcomes {
                #expect(outcomes.whole > 0)
                #expect(outcomes.partly > 0)
                #expect(outcomes.behind > 0)
            }
            #expect(cuts.allSatisfy { $0 > 0 }, "\(cuts)")
        }
    }

    private static func read(_ received: inout [UInt8], upTo count: Int, from client: RawClient) throws {
        while received.count < count {
            let bytes = try client.socket.receive()
            guard !bytes.isEmpty else { throw MessageFault.cut(body: []) }
            received += bytes
        }
    }

    @Test("tells that the other side reads, though the kernel gets from the channel what it got rid of")
    func moves() async throws {
        try await Self.run { client, loop, connection in
            let total = 1 << 20
            var unsent = -1
            func look() async throws -> Bool {
                let last = unsent
                let (moved, left) = try await loop.submit {
                    var left = last
                    let moved = connection.value.hasProgressed(since: &left)
                    return (moved, left)
                }.get()
                unsent = left
                return moved
            }
            try await loop.submit { connection.value.send(total) }.get()
            #expect(try await look())
            try await waitUntil("some of it to leave") {
                _ = try await look()
                return unsent < total
            }
            try await waitUntil("it to come to rest") { try await !look() }
            // All that the other side's kernel did not take, of which this side's holds a small part.
            #expect(total - 128 << 10..<total ~= unsent)
            var received: [UInt8] = []
            try Self.read(&received, upTo: total / 2, from: client)
            try await waitUntil("some of it to go") { try await look() }
            try await waitUntil("half of it to go") {
                _ = try await look()
                return unsent <= total / 2
            }
            try Self.read(&received, upTo: total, from: client)
            try await waitUntil("the rest to go") {
                _ = try await look()
                return unsent == 0
            }
            #expect(try await !look())
        }
    }

    @Test("leaves all to the channel once it is told that its socket is gone")
    func closed() async throws {
        try await Self.run { _, loop, connection in
            let (open, held) = try await loop.submit { (connection.value.end(), connection.value.sendFive()) }.get()
            #expect(open == [true, false])
            #expect(held == 5)
        }
    }

    @Test("ends with the connection, of a client as of a service")
    func ends() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try gate.wait()
        }
        try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/")
            try service.wait(for: "the request") { $0.requests.count == 1 }
            let found = Watched<[NIOLoopBound<SocketWriter>]>([])
            try await gateway.gateway.workers.forEach { worker in
                for connection in worker.clients.connections.values {
                    let writers =
                        [connection.writer] + ((connection.receiver as? Exchange)?.service.map { [$0.writer] } ?? [])
                    found.withLock {
                        $0 += writers.map { NIOLoopBound($0, eventLoop: worker.loop.eventLoop) }
                    }
                }
            }
            let writers = found.withLock { $0 }
            #expect(writers.count == 2)
            func open() async throws -> Int {
                var count = 0
                for writer in writers {
                    count += try await writer.eventLoop.submit { writer.value.isOpen ? 1 : 0 }.get()
                }
                return count
            }
            #expect(try await open() == 2)
            client.socket.reset()
            try await waitUntil("writers to end") { try await open() == 0 }
            gate.open()
        }
    }
}
