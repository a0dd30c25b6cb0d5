import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import TestCertificates
import Testing

@testable import TLS

/// What arrives behind the handler.
private final class Sink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var events: [String] = []
    var bytes: [UInt8] = []
    var reads = 0
    /// Called with each piece.
    var onRead: ((ChannelHandlerContext) -> Void)?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        reads += 1
        bytes += Array(part.readableBytesView)
        onRead?(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSEvent:
            if case .handshakeCompleted(let name, let reused) = event {
                events.append("done \(name ?? "-") \(reused ? "reused" : "full")")
            }
        case ChannelEvent.inputClosed: events.append("input closed")
        default: events.append("other")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        events.append((error as? TLSFault).map { "\($0.label)" } ?? "error")
    }

    func channelInactive(context: ChannelHandlerContext) { events.append("inactive") }
}

/// Counts what passes below the handler.
private final class Floor: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var reads = 0
    var writes: [Int] = []
    var flushes = 0

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes.append(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        flushes += 1
        context.flush()
    }

    /// An embedded channel has no output side to close alone.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { context.close(promise: promise) } else { promise?.succeed() }
    }
}

@Suite("TLS on a channel", .timeLimit(.minutes(5)))
struct HandlerTests {
    private final class End {
        let channel: EmbeddedChannel
        let sink: Sink
        let floor: Floor

        init(_ engine: TLSEngine, halfClosure: Bool = false) throws {
            sink = Sink()
            floor = Floor()
            channel = EmbeddedChannel()
            try channel.pipeline.syncOperations.addHandlers(
                [floor, TLSHandler(engine, halfClosure: halfClosure), sink] as [any ChannelHandler]
            )
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        /// Channel and pipeline hold each other until the channel is closed.
        deinit {
            _ = try? channel.finish(acceptAlreadyClosed: true)
            channel.embeddedEventLoop.run()
        }

        func takeOutput() throws -> ByteBuffer? {
            var all: ByteBuffer?
            while let part = try channel.readOutbound(as: ByteBuffer.self) {
                if all == nil { all = part } else { all?.writeImmutableBuffer(part) }
            }
            return all
        }

        /// `nil` where the channel is closed already.
        func take(_ bytes: ByteBuffer) {
            guard channel.isActive else { return }
            channel.pipeline.fireChannelRead(bytes)
            channel.pipeline.fireChannelReadComplete()
            channel.embeddedEventLoop.run()
        }
    }

    private let client: End
    private let server: End

    init() throws { (client, server) = try Self.pair() }

    private static func pair(peer: String = "service.test", halfClosure: Bool = false) throws -> (End, End) {
        let world = try TestWorld.shared.get()
        let clientContext = try TLSContext.client(trusting: .authorities(try world.root.certificate.list))
        let serverContext = try TLSContext.server(identity: try world.service.certified())
        return (
            try End(
                TLSEngine(client: clientContext, peer: peer, sessions: nil, now: 0),
                halfClosure: halfClosure
            ),
            try End(TLSEngine(server: serverContext), halfClosure: halfClosure)
        )
    }

    private func settle() throws { try Self.settle(client, server) }

    private static func settle(_ client: End, _ server: End) throws {
        while true {
            let question = try client.takeOutput()
            if let question { server.take(question) }
            let answer = try server.takeOutput()
            if let answer { client.take(answer) }
            if question == nil, answer == nil { return }
        }
    }

    @Test("The handshake begins by itself and tells how it ended")
    func handshake() throws {
        try settle()
        #expect(client.sink.events == ["done http/1.1 full"])
        #expect(server.sink.events == ["done http/1.1 full"])
        #expect(client.floor.reads > 0, "the handshake reads by itself")
    }

    @Test("What is written before the handshake is done goes out behind it, and its promise is kept")
    func earlyWrites() throws {
        let written = client.channel.eventLoop.makePromise(of: Void.self)
        client.channel.write(ByteBuffer(string: "ear"), promise: nil)
        client.channel.writeAndFlush(ByteBuffer(string: "ly"), promise: written)
        try settle()
        #expect(server.sink.bytes == Array("early".utf8))
        #expect(server.sink.reads == 1, "one flush, one record")
        try written.futureResult.wait()
    }

    @Test("Writes until a flush are one record and one write")
    func coalescing() throws {
        try settle()
        client.floor.writes = []
        client.floor.flushes = 0
        let promises = (0..<3).map { _ in client.channel.eventLoop.makePromise(of: Void.self) }
        for promise in promises { client.channel.write(ByteBuffer(string: "piece"), promise: promise) }
        #expect(client.floor.writes.isEmpty)
        client.channel.flush()
        #expect(client.floor.writes.count == 1 && client.floor.flushes == 1)
        for promise in promises { try promise.futureResult.wait() }
        try settle()
        #expect(server.sink.bytes == Array("piecepiecepiece".utf8))
    }

    @Test("Full records reach the channel before the flush, so that its writability counts them")
    func writability() throws {
        try settle()
        client.floor.writes = []
        client.channel.write(ByteBuffer(repeating: 1, count: 100_000), promise: nil)
        #expect(client.floor.writes.reduce(0, +) >= 6 * 16_384)
        client.channel.flush()
        try settle()
        #expect(server.sink.bytes.count == 100_000)
    }

    @Test("Half a record asks for the rest only where somebody waits for data")
    func readsOnDemand() throws {
        try settle()
        client.channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1000), promise: nil)
        var record = try #require(try client.takeOutput())
        let first = record.readSlice(length: 500)
        let half = try #require(first)
        server.channel.read()
        let asked = server.floor.reads
        server.take(half)
        #expect(server.sink.bytes.isEmpty)
        #expect(server.floor.reads == asked + 1, "nothing came of the read that was asked for")
        server.take(record)
        #expect(server.sink.bytes.count == 1000)
        #expect(server.floor.reads == asked + 1, "what was asked for has come")
    }

    @Test("The end without close_notify is an error before it is an end")
    func truncation() throws {
        try settle()
        client.channel.pipeline.fireChannelInactive()
        #expect(client.sink.events.suffix(2) == ["truncated", "inactive"])
        // Before the handshake is done it is a failed handshake.
        let (other, _) = try Self.pair()
        other.channel.pipeline.fireChannelInactive()
        #expect(other.sink.events == ["closed_in_handshake", "inactive"])
    }

    @Test("Closing says close_notify, which closes the other side without an error")
    func closing() throws {
        try settle()
        client.channel.write(ByteBuffer(string: "last"), promise: nil)
        client.channel.close(promise: nil)
        try settle()
        client.channel.embeddedEventLoop.run()
        server.channel.embeddedEventLoop.run()
        #expect(server.sink.bytes == Array("last".utf8))
        #expect(server.sink.events == ["done http/1.1 full", "inactive"])
        #expect(client.sink.events == ["done http/1.1 full", "inactive"])
    }

    @Test("With half-closure the other side may go on")
    func halfClosure() throws {
        let (client, server) = try Self.pair(halfClosure: true)
        try Self.settle(client, server)
        client.channel.close(mode: .output, promise: nil)
        try Self.settle(client, server)
        #expect(server.sink.events == ["done http/1.1 full", "input closed"])
        #expect(server.channel.isActive)
        server.channel.writeAndFlush(ByteBuffer(string: "more"), promise: nil)
        try Self.settle(client, server)
        #expect(client.channel.isActive)
        #expect(client.sink.events == ["done http/1.1 full"])
        #expect(client.sink.bytes == Array("more".utf8))
    }

    @Test("A failure is told to the peer by an alert and to the handlers as a fault, and closes the channel")
    func failure() throws {
        let (client, server) = try Self.pair(peer: "other.test")
        let written = client.channel.eventLoop.makePromise(of: Void.self)
        client.channel.writeAndFlush(ByteBuffer(string: "secret"), promise: written)
        try Self.settle(client, server)
        #expect(client.sink.events == ["name_mismatch", "inactive"])
        #expect(!client.channel.isActive)
        #expect(server.sink.events.contains("certificate_refused"))
        #expect(server.sink.bytes.isEmpty)
        #expect(throws: TLSFault.nameMismatch) { try written.futureResult.wait() }
        // Nothing that comes later brings it back.
        client.channel.pipeline.fireChannelRead(ByteBuffer(string: "late"))
        #expect(client.sink.bytes.isEmpty)
    }

    @Test("Whoever closes the channel while it is read gets nothing more")
    func closeWhileReading() throws {
        try settle()
        server.sink.onRead = { $0.close(promise: nil) }
        for _ in 0..<5 {
            client.channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
            if let bytes = try client.takeOutput() { server.take(bytes) }
        }
        #expect(server.sink.reads == 1)
        #expect(server.sink.events.last == "inactive")
    }

    @Test("What was written and not flushed fails with the channel")
    func unflushed() throws {
        let promise = client.channel.eventLoop.makePromise(of: Void.self)
        client.channel.write(ByteBuffer(string: "x"), promise: promise)
        client.channel.close(promise: nil)
        #expect(throws: ChannelError.ioOnClosedChannel) { try promise.futureResult.wait() }
    }
}
