import Configuration
import HTTPWire
import NIOCore
import NIOPosix

/// One target of a service as one worker sees it: its idle connections, and how new ones are made.
final class UpstreamTarget {
    /// What the service is to be reached under.
    struct Address: Sendable, Equatable {
        let host: String
        let port: Int
        /// `host:port` as it stands in `Host` (RFC 9112 section 3.2); `localhost` for a socket.
        let authority: [UInt8]
        /// The same for the log; for a socket its path.
        let label: [UInt8]
        /// Where the host is an address rather than a name.
        let fixed: SocketAddress?

        init(_ address: ServiceAddress) {
            switch address {
            case .http(let host, let port), .https(let host, let port):
                self.host = host
                self.port = port
                let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
                fixed = try? SocketAddress(ipAddress: host, port: port)
                // A port of the scheme's own is left out of `Host` (RFC 9110 section 7.2) with https alone.
                authority = Array((address.isSecure && port == 443 ? name : "\(name):\(port)").utf8)
                label = authority
            case .unix(let path):
                host = path
                port = 0
                authority = Array("localhost".utf8)
                label = Array(address.description.utf8)
                fixed = try? SocketAddress(unixDomainSocketPath: path)
            }
        }
    }

    /// Its place among the service's targets.
    let index: Int
    let address: Address
    /// TLS, where the target is spoken to with it.
    let security: TargetSecurity?
    /// How long an idle connection is kept, in nanoseconds. Under the idle time of common servers (Node: 5 s), since a
    /// request that meets their close half-way is lost.
    let idleLifetime: Int64
    /// The head under the parser's hands, one for all connections of the worker to this target: it is only used while
    /// one of them reads.
    var responseHead = ResponseHead()
    var counters = TargetCounters()
    /// Requests under way.
    var active = 0
    /// Connections that stand or are being made.
    private(set) var openConnections = 0
    /// Its service's, until the worker ends. Not weak: that would make each retain of the group a slow one.
    var group: ServiceGroup?

    private let loop: LoopContext
    private let limits: HTTPLimits
    private var pool: ServicePool<ServiceConnection>
    /// Nil where there is no name to resolve.
    private var known: KnownAddresses?

    init(
        index: Int = 0,
        address: Address,
        security: TargetSecurity? = nil,
        loop: LoopContext,
        idleLifetime: Int64,
        idleLimit: Int,
        limits: HTTPLimits
    ) {
        self.index = index
        self.address = address
        self.security = security
        self.loop = loop
        self.idleLifetime = idleLifetime
        self.limits = limits
        pool = ServicePool(idleLimit: idleLimit)
    }

    /// As routes.json has it.
    var name: String { group?.configuration.targets[index].address.description ?? "" }

    /// Learns the addresses of its name from now on, where it has one.
    func followName(with resolver: NameResolver) {
        guard address.fixed == nil else { return }
        let known = KnownAddresses(eventLoop: loop.eventLoop)
        self.known = known
        let bound = NIOLoopBound(known, eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        resolver.follow(host: address.host, port: address.port) { addresses in
            eventLoop.execute { bound.value.take(addresses) }
        }
    }

    // MARK: - Idle connections

    /// An idle connection, newest first, or `nil`. One that has something to read is closed and the next one taken:
    /// its bytes, not reported yet, would be taken for the answer to the request that is about to go out.
    func takeIdle() -> ServiceConnection? {
        while let connection = pool.take() {
            if connection.isQuiet() { return connection }
            connection.close()
        }
        return nil
    }

    /// Connections kept for the next request.
    var idleCount: Int { pool.idleCount }

    func keep(_ connection: ServiceConnection) -> Bool {
        if let group, group.shouldYield { return false }
        guard pool.keep(connection) else { return false }
        group?.serveLineSoon()
        return true
    }

    @discardableResult
    func remove(_ connection: ServiceConnection) -> Bool {
        pool.remove(connection)
    }

    /// Gives up the one that has been idle longest; false where there is none.
    func closeOldestIdle() -> Bool {
        guard let connection = pool.takeOldest() else { return false }
        connection.close()
        return true
    }

    /// Closes what is idle; for the end of the worker.
    func closeIdle() {
        for connection in pool.removeAll() {
            connection.close()
        }
    }

    func countStray() {
        counters.strayResponses &+= 1
    }

    // MARK: - New connections

    /// Makes a connection; the exchange hears of it on its loop, never before this returns.
    ///
    /// - Parameters:
    ///   - timeout: for resolving and connecting, in nanoseconds.
    ///   - holdsSlot: it counts against the service's limit of connections.
    func connect(for exchange: any ServiceExchange, within timeout: Int64, holdsSlot: Bool = false) {
        let eventLoop = loop.eventLoop
        loop.updateClock()
        openConnections += 1
        group?.openConnections += 1
        counters.connectionsMade &+= 1
        let attempt = Attempt(target: self, exchange: exchange, holdsSlot: holdsSlot)
        let bound = NIOLoopBound(attempt, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(timeout))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: receiveAllocator)
            .channelOption(.socketOption(.so_rcvbuf), value: 256 * 1024)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // One for each address of a name that is tried: only one of them wins.
                    try bound.value.target.addHandlers(to: channel)
                }
            }
        let connected =
            if let fixed = address.fixed {
                // No name to look up, and so no thread to wait for.
                bootstrap.connect(to: fixed)
            } else if let known {
                bootstrap.resolver(KnownResolver(addresses: known.next()))
                    .connect(host: address.host, port: address.port)
            } else {
                eventLoop.makeFailedFuture(KnownAddresses.NotFound()) as EventLoopFuture<any Channel>
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

    /// Of what TLS has encrypted nobody puts the loop's buffer back.
    private var receiveAllocator: any RecvByteBufferAllocator {
        security == nil ? LoopReceiveAllocator(loop.serviceReads) : TransientReceiveBuffers()
    }

    /// What stands between the socket and the exchange. A handler that changes the bytes on their way belongs in front.
    private func addHandlers(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(
            ServiceConnection(target: self, loop: loop, limits: limits)
        )
    }

    /// A connection is gone, or never stood.
    func connectionEnded(holdsSlot: Bool) {
        openConnections -= 1
        group?.openConnections -= 1
        if holdsSlot { group?.slotFreed() }
    }

    /// A connection on its way, and who waits for it.
    private struct Attempt {
        let target: UpstreamTarget
        let exchange: any ServiceExchange
        let holdsSlot: Bool

        func succeed(_ channel: any Channel) {
            // It may have been closed again before anybody could use it.
            guard let connection = try? channel.pipeline.syncOperations.handler(type: ServiceConnection.self),
                connection.isOpen
            else {
                target.connectionEnded(holdsSlot: holdsSlot)
                return exchange.serviceConnectFailed(.connectFailed, at: target)
            }
            connection.count(holdsSlot: holdsSlot)
            connection.joinLoop()
            exchange.serviceConnected(connection)
        }

        func fail(_ error: any Error) {
            target.connectionEnded(holdsSlot: holdsSlot)
            if let fault = target.security?.fault(for: error) {
                exchange.serviceConnectFailed(fault, at: target)
            } else if case .connectTimeout = error as? ChannelError {
                exchange.serviceConnectFailed(.connectTimedOut, at: target)
            } else if let error = error as? NIOConnectionError, error.timedOut {
                exchange.serviceConnectFailed(.connectTimedOut, at: target)
            } else if error is KnownAddresses.NotFound || (error as? NIOConnectionError)?.nameNotFound == true {
                exchange.serviceConnectFailed(.nameNotFound, at: target)
            } else {
                exchange.serviceConnectFailed(.connectFailed, at: target)
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
