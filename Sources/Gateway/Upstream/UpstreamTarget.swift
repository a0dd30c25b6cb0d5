package import HTTPWire
package import NIOCore
import NIOPosix

/// One address of a service as one worker sees it: its idle connections, and how new ones are made.
package final class UpstreamTarget {
    /// What the service is to be reached under.
    package struct Address: Sendable, Equatable {
        package let host: String
        package let port: Int
        /// `host:port` as it stands in `Host` (RFC 9112 section 3.2) and in the log.
        package let authority: [UInt8]
        /// Where the host is an address rather than a name.
        let numeric: SocketAddress?

        /// - Parameter isSecure: https, whose port of its own is left out of ``authority``.
        package init(host: String, port: Int, isSecure: Bool = false) {
            self.host = host
            self.port = port
            let isIPv6 = host.utf8.contains(UInt8(ascii: ":"))
            numeric = try? SocketAddress(ipAddress: host, port: port)
            let name = isIPv6 ? "[\(host)]" : host
            authority = Array((isSecure && port == 443 ? name : "\(name):\(port)").utf8)
        }
    }

    package let address: Address
    /// TLS, where the target is spoken to with it.
    package let security: TargetSecurity?
    /// How long an idle connection is kept, in nanoseconds. Under the idle time of common servers (Node: 5 s), since a
    /// request that meets their close half-way is lost.
    package let idleLifetime: Int64
    /// The head under the parser's hands, one for all connections of the worker to this target: it is only used while
    /// one of them reads.
    package var responseHead = ResponseHead()
    /// Times that bytes came which nobody had asked for.
    package private(set) var strayResponses: UInt64 = 0

    private let loop: LoopContext
    private let connectTimeout: TimeAmount
    private let limits: HTTPLimits
    private var pool: ServicePool<ServiceConnection>

    package init(
        address: Address,
        security: TargetSecurity? = nil,
        loop: LoopContext,
        connectTimeout: TimeAmount,
        idleLifetime: Int64,
        idleLimit: Int,
        limits: HTTPLimits
    ) {
        self.address = address
        self.security = security
        self.loop = loop
        self.connectTimeout = connectTimeout
        self.idleLifetime = idleLifetime
        self.limits = limits
        pool = ServicePool(idleLimit: idleLimit)
    }

    /// An idle connection, newest first, or `nil`. One that has something to read is closed and the next one taken:
    /// its bytes, not reported yet, would be taken for the answer to the request that is about to go out.
    package func takeIdle() -> ServiceConnection? {
        while let connection = pool.take() {
            if connection.isQuiet() { return connection }
            connection.close()
        }
        return nil
    }

    /// Connections kept for the next request.
    package var idleCount: Int { pool.idleCount }

    /// Makes a connection; the exchange hears of it on its loop, never before this returns.
    package func connect(for exchange: any ServiceExchange) {
        let eventLoop = loop.eventLoop
        loop.updateClock()
        let bound = NIOLoopBound(Attempt(target: self, exchange: exchange), eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(connectTimeout)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 32 * 1024))
            .channelOption(.socketOption(.so_rcvbuf), value: 256 * 1024)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // One for each address of a name that is tried: only one of them wins.
                    try channel.pipeline.syncOperations.addHandler(bound.value.target.makeConnection())
                }
            }
        let connected =
            if let numeric = address.numeric {
                // No name to look up, and so no thread to wait for.
                bootstrap.connect(to: numeric)
            } else {
                bootstrap.connect(host: address.host, port: address.port)
            }
        let ready =
            security == nil
            ? connected
            : connected.flatMap { channel in
                bound.value.target.security?.secure(channel) ?? eventLoop.makeSucceededFuture(channel)
            }
        ready.whenComplete { result in
            // On loopback a connection may stand before this call returns; the exchange is in the middle of its own
            // state then.
            eventLoop.execute {
                switch result {
                case .success(let channel): bound.value.succeed(channel)
                case .failure(let error): bound.value.fail(error)
                }
            }
        }
    }

    private func makeConnection() -> ServiceConnection {
        ServiceConnection(target: self, loop: loop, limits: limits)
    }

    package func keep(_ connection: ServiceConnection) -> Bool {
        pool.keep(connection)
    }

    @discardableResult
    package func remove(_ connection: ServiceConnection) -> Bool {
        pool.remove(connection)
    }

    package func countStray() {
        strayResponses += 1
    }

    /// Closes what is idle; for the end of the worker.
    package func closeIdle() {
        for connection in pool.removeAll() {
            connection.close()
        }
    }

    /// A connection on its way, and who waits for it.
    private struct Attempt {
        let target: UpstreamTarget
        let exchange: any ServiceExchange

        func succeed(_ channel: any Channel) {
            // It may have been closed again before anybody could use it.
            guard let connection = try? channel.pipeline.syncOperations.handler(type: ServiceConnection.self),
                connection.isOpen
            else { return exchange.serviceConnectFailed(.connectFailed) }
            connection.joinLoop()
            exchange.serviceConnected(connection)
        }

        func fail(_ error: any Error) {
            if let fault = target.security?.fault(for: error) {
                exchange.serviceConnectFailed(fault)
            } else if case .connectTimeout = error as? ChannelError {
                exchange.serviceConnectFailed(.connectTimedOut)
            } else if let error = error as? NIOConnectionError, error.timedOut {
                exchange.serviceConnectFailed(.connectTimedOut)
            } else if let error = error as? NIOConnectionError, error.nameNotFound {
                exchange.serviceConnectFailed(.nameNotFound)
            } else {
                exchange.serviceConnectFailed(.connectFailed)
            }
        }
    }
}

extension NIOConnectionError {
    /// True where there was no address to try.
    fileprivate var nameNotFound: Bool {
        connectionErrors.isEmpty && (dnsAError != nil || dnsAAAAError != nil)
    }

    /// True where at least one address took too long and no other said why not.
    fileprivate var timedOut: Bool {
        connectionErrors.contains { failure in
            if case .connectTimeout = failure.error as? ChannelError { return true }
            return false
        }
    }
}
