import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import TLS

/// Why a sample server does not start.
package enum SampleServerError: Error, CustomStringConvertible {
    /// Only 127.0.0.0/8 and ::1 are served: the stand-in gives identities to every caller.
    case notLoopback(String)
    /// No TCP port has this number.
    case noPort(Int)

    /// The numbers of ports (RFC 9293, section 3.1); 0 lets the kernel choose.
    package static let ports = 0...65_535

    /// For people; names the address or the port.
    package var description: String {
        switch self {
        case .notLoopback(let address): "\(address) is not a loopback address; sample servers listen on loopback only"
        case .noPort(let port): "\(port) is no port: ports are 0 to 65535"
        }
    }
}

/// An HTTP/1.1 server on a loopback address, with TLS where it has a context for it; for development and tests.
final class LoopbackServer: Sendable {
    /// The port it listens on.
    let port: Int
    private let listener: any Channel
    private let connections: ConnectionList

    private init(listener: any Channel, port: Int, connections: ConnectionList) {
        self.listener = listener
        self.port = port
        self.connections = connections
    }

    static func start(
        _ responder: any Responder,
        address: String,
        port: Int,
        tls: TLSContext? = nil,
        group: any EventLoopGroup
    ) async throws -> LoopbackServer {
        // NIO traps on other numbers.
        guard SampleServerError.ports.contains(port) else { throw SampleServerError.noPort(port) }
        let socketAddress = try SocketAddress(ipAddress: address, port: port)
        guard isLoopback(socketAddress) else { throw SampleServerError.notLoopback(address) }
        let connections = ConnectionList()
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSHandler(TLSEngine(server: tls))) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(IdleStateHandler(allTimeout: responder.idleTimeout))
                    try pipeline.addHandler(StandInRequestHandler(responder, isSecure: tls != nil))
                }
            }
            .bind(to: socketAddress)
            .get()
        return LoopbackServer(
            listener: listener,
            port: listener.localAddress?.port ?? port,
            connections: connections
        )
    }

    /// Closes the listener and every connection; returns when all are closed.
    func stop() async {
        try? await listener.close().get()
        for channel in connections.stop() { try? await channel.close().get() }
    }

    /// 127.0.0.0/8 and ::1.
    private static func isLoopback(_ address: SocketAddress) -> Bool {
        guard let text = address.ipAddress else { return false }
        return text == "::1" || text.hasPrefix("127.")
    }
}

/// The open connections of a server, so that a stop can end them.
private final class ConnectionList: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let state = NIOLockedValueBox(State())

    func add(_ channel: any Channel) {
        let isStopping = state.withLockedValue { state in
            if !state.isStopping { state.open[ObjectIdentifier(channel)] = channel }
            return state.isStopping
        }
        if isStopping {
            channel.close(promise: nil)
            return
        }
        let key = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { [self] _ in
            state.withLockedValue { $0.open[key] = nil }
        }
    }

    func stop() -> [any Channel] {
        state.withLockedValue { state in
            state.isStopping = true
            return Array(state.open.values)
        }
    }
}
