import Cryptography
import NIOCore
import NIOPosix
import TLS
import TestCertificates

/// A service behind TLS on a port of the kernel's choice, which answers each request with the same bytes.
final class TLSService: Sendable {
    /// What follows an answer.
    enum Ending: Sendable {
        case nothing
        /// An orderly end.
        case closeNotify
        /// The end of the TCP connection, of which TLS says nothing.
        case cut
        /// Whatever comes goes back.
        case echoes
    }

    struct Seen: Sendable {
        var connections = 0
        var handshakes = 0
        var resumed = 0
        /// The heads of requests, with their bodies' bytes counted.
        var heads: [String] = []
        var bodyBytes = 0
    }

    let port: Int
    private let seen: Watched<Seen>
    private let channel: any Channel

    private init(port: Int, seen: Watched<Seen>, channel: any Channel) {
        self.port = port
        self.seen = seen
        self.channel = channel
    }

    static func start(
        _ identity: CertifiedKey,
        clients: CertificateList? = nil,
        answer: [UInt8],
        then ending: Ending = .nothing
    ) async throws -> TLSService {
        let context = try TLSContext.server(identity: identity, clients: clients)
        let seen = Watched(Seen())
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    seen.withLock { $0.connections += 1 }
                    let service = TLSServiceHandler(answer: ByteBuffer(bytes: answer), ending: ending, seen: seen)
                    let tls = TLSHandler(try TLSEngine(server: context))
                    try channel.pipeline.syncOperations.addHandlers([tls, service] as [any ChannelHandler])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TLSService(port: channel.localAddress?.port ?? 0, seen: seen, channel: channel)
    }

    func stop() async throws { try await channel.close() }

    var log: Seen { seen.withLock { $0 } }

    /// Blocks until that much was seen.
    func wait(for what: String, until holds: (Seen) -> Bool) throws { try seen.wait(for: what, until: holds) }
}

/// Takes heads and bodies with a length, and answers.
private final class TLSServiceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: ByteBuffer
    private let ending: TLSService.Ending
    private let seen: Watched<TLSService.Seen>
    private var inbound = ByteBuffer()
    private var bodyLeft = 0
    private var inBody = false
    private var hasAnswered = false

    init(answer: ByteBuffer, ending: TLSService.Ending, seen: Watched<TLSService.Seen>) {
        self.answer = answer
        self.ending = ending
        self.seen = seen
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(_, let reused) = event as? TLSEvent else { return }
        seen.withLock { seen in
            seen.handshakes += 1
            if reused { seen.resumed += 1 }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if hasAnswered, ending == .echoes { return context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
        inbound.writeBuffer(&bytes)
        while step(context) {}
    }

    private func step(_ context: ChannelHandlerContext) -> Bool {
        if inBody {
            let count = min(bodyLeft, inbound.readableBytes)
            inbound.moveReaderIndex(forwardBy: count)
            bodyLeft -= count
            seen.withLock { $0.bodyBytes += count }
            guard bodyLeft == 0 else { return false }
            inBody = false
            respond(context)
            return true
        }
        let view = String(buffer: inbound)
        guard let end = view.range(of: "\r\n\r\n") else { return false }
        let head = String(view[..<end.upperBound])
        inbound.moveReaderIndex(forwardBy: head.utf8.count)
        seen.withLock { $0.heads.append(head) }
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        bodyLeft = length.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
        inBody = true
        return true
    }

    private func respond(_ context: ChannelHandlerContext) {
        hasAnswered = true
        let bound = NIOLoopBound((context: context, ending: ending), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(answer)).whenSuccess {
            let (context, ending) = bound.value
            switch ending {
            case .nothing, .echoes: break
            case .closeNotify: context.close(promise: nil)
            case .cut:
                // From the TLS handler's place on, so that it does not hear of it.
                let tls = try? context.pipeline.syncOperations.context(handlerType: TLSHandler.self)
                tls?.close(promise: nil)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

extension String {
    /// The first place of a text, without Foundation.
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
