import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RandomJSON
import TestCertificates
import Testing

@testable import TLS

/// Gives back what comes, and reads no more than it can write.
private final class Echo: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var holdsRead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.write(data, promise: nil) }
    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable { context.read() } else { holdsRead = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, holdsRead {
            holdsRead = false
            context.read()
        }
    }
}

/// Collects until a number of bytes, or the end, is there.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let wanted: Int
    private let promise: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(_ wanted: Int, _ promise: EventLoopPromise<[UInt8]>) {
        self.wanted = wanted
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Array(unwrapInboundIn(data).readableBytesView)
        if bytes.count >= wanted { promise.succeed(bytes) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }
    func channelInactive(context: ChannelHandlerContext) { promise.succeed(bytes) }
}

@Suite("TLS over sockets", .timeLimit(.minutes(5)))
struct SocketTests {
    static let openSSL = "/usr/bin/openssl"

    private func connect(
        to port: Int,
        wanted: Int,
        sending bytes: [UInt8]
    ) async throws -> (any Channel, EventLoopFuture<[UInt8]>) {
        let context = try TLSContext.client(trusting: .authorities(try TestWorld.shared.get().root.certificate.list))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let engine = try TLSEngine(client: context, peer: "service.test", sessions: nil, now: 0)
                    try channel.pipeline.syncOperations.addHandlers(
                        [TLSHandler(engine), Collector(wanted, promise)] as [any ChannelHandler]
                    )
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        return (channel, promise.futureResult)
    }

    private func startEcho() async throws -> any Channel {
        let context = try TLSContext.server(identity: try TestWorld.shared.get().service.certified())
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        [TLSHandler(try TLSEngine(server: context)), Echo()] as [any ChannelHandler]
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    @Test("8 MiB go there and back", arguments: [1, 100_000, 8 << 20])
    func echo(count: Int) async throws {
        var random = SeededGenerator()
        let bytes = random.bytes(count)
        let echo = try await startEcho()
        let (channel, answer) = try await connect(
            to: try #require(echo.localAddress?.port),
            wanted: count,
            sending: bytes
        )
        #expect(try await answer.get() == bytes, "seed \(random.seed)")
        try await channel.close()
        try await echo.close()
    }

    @Test("openssl s_server answers us", .enabled(if: access(openSSL, X_OK) == 0), arguments: ["-tls1_2", "-tls1_3"])
    func ofServer(version: String) async throws {
        let folder = try CertificateFolder()
        let server = Process.openSSL([
            "s_server", "-accept", "127.0.0.1:0", "-www", version, "-key", folder.key, "-cert", folder.certificate,
        ])
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        defer { server.end() }
        var text = ""
        let accepts = /ACCEPT 127\.0\.0\.1:([0-9]+)/
        while text.firstMatch(of: accepts) == nil {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty)
            text += String(decoding: data, as: UTF8.self)
        }
        let port = try #require(text.firstMatch(of: accepts).flatMap { Int($0.output.1) })
        let (channel, answer) = try await connect(
            to: port,
            wanted: 400,
            sending: Array("GET / HTTP/1.0\r\n\r\n".utf8)
        )
        let page = String(decoding: try await answer.get(), as: UTF8.self)
        #expect(page.hasPrefix("HTTP/1.0 200 ok"))
        try? await channel.close()
    }

    @Test(
        "openssl s_client is answered by us",
        .enabled(if: access(openSSL, X_OK) == 0),
        arguments: ["-tls1_2", "-tls1_3"]
    )
    func ofClient(version: String) async throws {
        let folder = try CertificateFolder()
        let echo = try await startEcho()
        let port = try #require(echo.localAddress?.port)
        let client = Process.openSSL([
            "s_client", "-connect", "127.0.0.1:\(port)", version, "-CAfile", folder.root, "-servername", "service.test",
            "-verify_hostname", "service.test", "-verify_return_error", "-alpn", "http/1.1", "-quiet", "-no_ign_eof",
        ])
        let (input, output) = (Pipe(), Pipe())
        client.standardInput = input
        client.standardOutput = output
        try client.run()
        defer { client.end() }
        input.fileHandleForWriting.write(Data("a line\n".utf8))
        var text = ""
        while !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "what came: \(text)")
            text += String(decoding: data, as: UTF8.self)
        }
        #expect(text == "a line\n")
        try await echo.close()
    }
}

/// The test world's certificates as files.
private final class CertificateFolder {
    private let folder: URL

    init() throws {
        let world = try TestWorld.shared.get()
        folder = FileManager.default.temporaryDirectory.appending(path: "menshen-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(world.service.pem).write(to: URL(filePath: certificate))
        try Data(world.service.key.pem).write(to: URL(filePath: key))
        try Data(world.root.certificate.pem).write(to: URL(filePath: root))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var certificate: String { folder.appending(path: "certificate.pem").path }
    var key: String { folder.appending(path: "key.pem").path }
    var root: String { folder.appending(path: "root.pem").path }
}

extension Process {
    /// By a signal that cannot be blocked: a child inherits those that its thread has blocked.
    fileprivate func end() {
        kill(processIdentifier, SIGKILL)
        waitUntilExit()
    }

    fileprivate static func openSSL(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: SocketTests.openSSL)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }
}
