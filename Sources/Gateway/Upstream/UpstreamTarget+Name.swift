import Configuration
import NIOCore

/// The name does not resolve.
struct NameNotFound: Error {}

/// A target with a name: its addresses change, and each gets its share.
///
/// Requests use idle connections to the address in turn. If there is none, the request uses an idle connection to
/// another address without waiting, and a connection to the address in turn is made for later requests.
extension UpstreamTarget {
    /// Learns the addresses of its name from now on, where it has one.
    func followName(with resolver: NameResolver) {
        guard address.fixed == nil else { return }
        let eventLoop = loop.eventLoop
        let bound = NIOLoopBound(WeakTarget(self), eventLoop: eventLoop)
        let following = resolver.follow(host: address.host, port: address.port) { addresses in
            eventLoop.execute { bound.value.target?.take(addresses) }
        }
        unfollow = { resolver.unfollow(following) }
        start(resolver)
    }

    /// Tries until the resolver has its thread.
    private func start(_ resolver: NameResolver) {
        guard !isEnded, !resolver.start() else { return }
        let bound = NIOLoopBound(WeakTarget(self), eventLoop: loop.eventLoop)
        loop.eventLoop.scheduleTask(in: .seconds(1)) { bound.value.target?.start(resolver) }
    }

    /// Makes the addresses those of the target. Idle connections to others are closed, those in use after their request.
    private func take(_ addresses: [SocketAddress]) {
        guard !isEnded else { return }
        loop.updateClock()
        for connection in pools.follow(addresses) { connection.close() }
        let waiting = waitingForName ?? []
        waitingForName = nil
        for promise in waiting { promise.completeWith(UpstreamTarget.result(pools.takeTurn(now: loop.now))) }
    }

    /// The addresses for one attempt to connect; later where nothing is known of the name yet.
    func whenKnown(_ addresses: [SocketAddress]) -> EventLoopFuture<[SocketAddress]> {
        guard waitingForName != nil else {
            return loop.eventLoop.makeCompletedFuture(UpstreamTarget.result(addresses))
        }
        let promise = loop.eventLoop.makePromise(of: [SocketAddress].self)
        waitingForName?.append(promise)
        return promise.futureResult
    }

    /// Fails the attempts that wait for the name.
    func failWaiting() {
        let waiting = waitingForName ?? []
        waitingForName = nil
        for promise in waiting { promise.fail(NameNotFound()) }
    }

    private static func result(_ found: [SocketAddress]) -> Result<[SocketAddress], any Error> {
        found.isEmpty ? .failure(NameNotFound()) : .success(found)
    }

    /// Counts a new connection at the address that it reached.
    ///
    /// - Parameter first: the address that was tried first; it backs off if another address won.
    /// - Returns: the id of the address; -1 if the address no longer exists.
    func registerConnection(at remote: SocketAddress?, first: SocketAddress?) -> Int {
        let id = address.fixed == nil ? pools.id(of: remote) : pools.slots.first?.id
        if let first = pools.id(of: first), let id, first != id { pools.backOff(first, now: loop.now) }
        guard let id else { return -1 }
        pools.opened(id)
        return id
    }

    /// Records that a connection to the address got no response.
    func backOffAddress(_ id: Int) {
        pools.backOff(id, now: loop.now)
    }

    // MARK: - Taking turns

    /// An idle connection of a target with several addresses, or with none.
    func takeInTurn() -> ServiceConnection? {
        guard let index = pools.next(now: loop.now) else { return nil }
        if let connection = takeReusable(at: index) {
            pools.endTurn()
            return connection
        }
        while let other = pools.fullest {
            guard let connection = takeReusable(at: other) else { continue }
            pools.endTurn()
            grow(at: index, insteadOf: connection)
            return connection
        }
        return nil
    }

    /// Makes a connection to an address that had none idle in its turn. If the service is at its limit, the next
    /// connection that ends its request at an address with more connections is closed, and the new one is made then.
    /// Waiting requests come first.
    private func grow(at index: Int, insteadOf connection: ServiceConnection) {
        let slot = pools.slots[index]
        guard !isDraining, let cluster, !slot.isBackingOff(at: loop.now), !slot.isGrowing else { return }
        if let limit = cluster.configuration.connections {
            guard cluster.state.waitingCount == 0 else { return }
            guard cluster.state.takeSlot(limit: limit) else {
                let jitter = Double.random(in: 0...1)
                _ = pools.startRebalancing(from: connection.addressID, to: index, now: loop.now, jitter: jitter)
                return
            }
        }
        makeSpare(at: slot.id, of: cluster)
    }

    /// Gives the slot of a closed connection to the address, unless a request takes it: the connection may have been
    /// closed for that request.
    func finishRebalancingSoon(_ id: Int) {
        guard !isDraining else { return }
        pools.setGrowing(id, true)
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.execute { bound.value.finishRebalancing(id) }
    }

    private func finishRebalancing(_ id: Int) {
        guard !isDraining, let cluster, let limit = cluster.configuration.connections, pools.index(of: id) != nil,
            cluster.state.waitingCount == 0, cluster.state.takeSlot(limit: limit)
        else { return pools.setGrowing(id, false) }
        makeSpare(at: id, of: cluster)
    }

    /// How long a connection for the pool may take that counts against a limit, in nanoseconds: requests wait meanwhile.
    private static let spareTimeout: Int64 = 1_000_000_000

    private func makeSpare(at id: Int, of cluster: Cluster) {
        pools.setGrowing(id, true)
        let isLimited = cluster.configuration.connections != nil
        let timeout = cluster.configuration.timeouts.connect.nanoseconds
        connect(
            for: SpareConnection(addressID: id),
            only: id,
            within: isLimited ? min(timeout, UpstreamTarget.spareTimeout) : timeout,
            holdsSlot: isLimited
        )
    }
}

/// The resolver outlives the workers.
private final class WeakTarget {
    weak var target: UpstreamTarget?
    init(_ target: UpstreamTarget) { self.target = target }
}

/// Receives a connection that was made for the pool, and parks it.
private final class SpareConnection: UpstreamResponseHandler {
    private let addressID: Int

    init(addressID: Int) { self.addressID = addressID }

    let isRequestSent = true

    func serviceConnected(_ connection: ServiceConnection) {
        connection.target.pools.setGrowing(addressID, false)
        if connection.target.isDraining { connection.close() } else { connection.park() }
    }

    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) {
        target.pools.setGrowing(addressID, false)
        target.loop.updateClock()
        target.pools.backOff(addressID, now: target.loop.now)
    }
}
