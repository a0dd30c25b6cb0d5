import Configuration
import HTTPWire
import NIOCore

/// One target of a service as one worker sees it: its idle connections, and how new ones are made.
final class UpstreamTarget {
    /// The address of the target.
    struct Address: Sendable, Equatable {
        let host: String
        let port: Int
        /// `host:port` as in `Host` (RFC 9112 section 3.2); `localhost` for a socket.
        let authority: [UInt8]
        /// The label in the access log; for a socket, its path.
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
                // `Host` omits the default port of https only (RFC 9110 section 7.2).
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
    /// TLS, for https targets.
    let security: TargetSecurity?
    /// How long an idle connection is kept, in nanoseconds. Under the idle time of common servers (Node: 5 s), since a
    /// request that meets their close half-way is lost.
    let idleLifetime: Int64
    /// `timeouts.connectionAge`, in nanoseconds; nil: connections do not age.
    let connectionAge: Int64?
    /// The head under the parser's hands, one for all connections of the worker to this target: it is only used while
    /// one of them reads.
    var responseHead = ResponseHead()
    var counters = TargetCounters()
    /// Requests under way.
    var active = 0
    /// Requests that failed since its last response, as far as they are worth a report.
    var faultsInRow = 0
    /// Connections that are open or being made.
    var openConnections = 0
    /// Its service's, until the worker ends. Not weak: that would make each retain of the group a slow one.
    var cluster: Cluster?

    let loop: LoopContext
    let limits: HTTPLimits
    var pools: AddressPools<ServiceConnection>
    /// Connection attempts that wait for the first result of the resolver; nil once it has arrived.
    var waitingForName: [EventLoopPromise<[SocketAddress]>]?
    /// Whether connections are used again after a response that claims a body.
    var claims = ClaimTrust.unknown
    /// A connection that is watched for that.
    var onTrial: ServiceConnection?
    /// Ends following the name.
    var unfollow: (() -> Void)?
    /// The worker is ending: no connection is made for the pool.
    private(set) var isDraining = false
    /// The worker has ended: no connection is used.
    private(set) var isEnded = false

    init(
        index: Int = 0,
        address: Address,
        security: TargetSecurity? = nil,
        loop: LoopContext,
        idleLifetime: Int64,
        connectionAge: Int64? = nil,
        idleLimit: Int,
        limits: HTTPLimits
    ) {
        self.index = index
        self.address = address
        self.security = security
        self.loop = loop
        self.idleLifetime = idleLifetime
        self.connectionAge = connectionAge
        self.limits = limits
        pools = AddressPools(idleLimit: idleLimit)
        if let fixed = address.fixed {
            _ = pools.follow([fixed])
        } else {
            waitingForName = []
        }
    }

    /// As routes.json has it.
    var name: String { cluster?.configuration.targets[index].address.description ?? "" }

    // MARK: - Idle connections

    /// An idle connection, or `nil`: the newest of the address in turn.
    func takeIdle() -> ServiceConnection? {
        pools.isSingle ? takeReusable(at: 0) : takeInTurn()
    }

    /// The newest idle connection to an address. A connection with unread bytes is closed and the next one is taken:
    /// the bytes could be taken for the response to the new request.
    func takeReusable(at index: Int) -> ServiceConnection? {
        while let connection = pools.take(at: index) {
            if connection.checkReusable() { return connection }
            connection.close()
        }
        return nil
    }

    /// Connections kept for the next request.
    var idleCount: Int { pools.idleCount }

    /// Keeps a connection for the next request; false where it has to be closed instead.
    func keep(_ connection: ServiceConnection) -> Bool {
        if let cluster, cluster.shouldYield { return false }
        if pools.rebalanceTarget != nil, pools.isRebalanceSource(connection.addressID) { return false }
        guard pools.keep(connection, id: connection.addressID) else { return false }
        cluster?.serveQueueSoon()
        return true
    }

    @discardableResult
    func remove(_ connection: ServiceConnection) -> Bool {
        pools.remove(connection, id: connection.addressID)
    }

    /// Gives up the one that has been idle longest; false where there is none.
    func closeOldestIdle() -> Bool {
        guard let connection = pools.takeOldest() else { return false }
        connection.close()
        return true
    }

    /// Closes idle connections and makes no more for the pool; called when the worker drains.
    func closeIdle() {
        isDraining = true
        onTrial?.close()
        for connection in pools.removeAll() {
            connection.close()
        }
    }

    /// Ends the target with its worker: attempts that wait for a connection fail.
    func end() {
        closeIdle()
        isEnded = true
        cluster = nil
        unfollow?()
        unfollow = nil
        failWaiting()
    }

    /// How long a new connection may be used, in nanoseconds; nil: forever. Varies by a tenth, so that connections that
    /// were made together do not all go at once.
    func drawAge() -> Int64? {
        guard let connectionAge else { return nil }
        let range = connectionAge / 10
        return connectionAge + Int64.random(in: -range...range)
    }

    func countStray() {
        counters.strayResponses &+= 1
    }

    /// Records that a connection closed, or that an attempt failed.
    ///
    /// - Parameter addressID: nil for a failed attempt.
    func connectionEnded(addressID: Int?, holdsSlot: Bool) {
        openConnections -= 1
        cluster?.openConnections -= 1
        if let addressID { pools.closed(addressID) }
        guard holdsSlot else { return }
        cluster?.slotFreed()
        if let id = pools.takeRebalanceTarget() { finishRebalancingSoon(id) }
    }
}
