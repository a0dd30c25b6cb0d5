import Configuration
import HTTPWire
import NIOCore

/// The name does not resolve.
struct NameNotFound: Error {}

/// A target with a name: its addresses change, and all of them get their share.
///
/// Requests go over idle connections to the address whose turn it is. Where there is none, another address's is used, so
/// that no request waits, and a connection to the one without is made beside it, for later requests.
extension UpstreamTarget {
    /// Learns the addresses of its name from now on, where it has one.
    func followName(with resolver: NameResolver) {
        guard address.fixed == nil else { return }
        let eventLoop = loop.eventLoop
        let bound = NIOLoopBound(WeakTarget(self), eventLoop: eventLoop)
        resolver.follow(host: address.host, port: address.port) { addresses in
            eventLoop.execute { bound.value.target?.take(addresses) }
        }
    }

    /// Makes the addresses those of the target. Idle connections to others are closed, those in use after their request.
    private func take(_ addresses: [SocketAddress]) {
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

    private static func result(_ found: [SocketAddress]) -> Result<[SocketAddress], any Error> {
        found.isEmpty ? .failure(NameNotFound()) : .success(found)
    }

    /// Counts a new connection at the address that it ended up at.
    ///
    /// - Parameter first: the address that was tried first: where another one won, it rests.
    /// - Returns: the id of the address; one that no address has where it is gone meanwhile.
    func placeConnection(at remote: SocketAddress?, first: SocketAddress?) -> Int {
        let id = address.fixed == nil ? pools.id(of: remote) : pools.slots.first?.id
        if let first = pools.id(of: first), let id, first != id { pools.rest(first, now: loop.now) }
        guard let id else { return -1 }
        pools.opened(id)
        return id
    }

    // MARK: - Taking turns

    /// An idle connection of a target with several addresses, or with none.
    func takeInTurn() -> ServiceConnection? {
        guard let index = pools.next(now: loop.now) else { return nil }
        if let connection = takeQuiet(at: index) {
            pools.endTurn()
            return connection
        }
        while let other = pools.fullest {
            guard let connection = takeQuiet(at: other) else { continue }
            pools.endTurn()
            grow(at: index, insteadOf: connection)
            return connection
        }
        return nil
    }

    /// Makes a connection to an address that had none idle in its turn. Where the service may have no more connections,
    /// the one that is used instead is closed after its request, and the new one made then.
    private func grow(at index: Int, insteadOf connection: ServiceConnection) {
        let slot = pools.slots[index]
        guard let group, slot.isUp(at: loop.now), !slot.isGrowing else { return }
        if let limit = group.configuration.connections, !group.board.takeSlot(limit: limit) {
            guard trade == nil, pools.wouldBalance(from: connection.addressID, to: index) else { return }
            trade = slot.id
            connection.retire()
            return
        }
        makeSpare(at: slot.id, of: group)
    }

    /// A connection has ended, and an address waits for the room that it left.
    func finishTrade() {
        guard let id = trade else { return }
        trade = nil
        guard let group, let limit = group.configuration.connections, let index = pools.index(of: id),
            !pools.slots[index].isGrowing, group.board.takeSlot(limit: limit)
        else { return }
        makeSpare(at: id, of: group)
    }

    private func makeSpare(at id: Int, of group: ServiceGroup) {
        pools.setGrowing(id, true)
        let spare = SpareConnection(addressID: id)
        let timeout = group.configuration.timeouts.connect.nanoseconds
        connect(for: spare, only: id, within: timeout, holdsSlot: group.configuration.connections != nil)
    }
}

/// The resolver outlives the workers.
private final class WeakTarget {
    weak var target: UpstreamTarget?
    init(_ target: UpstreamTarget) { self.target = target }
}

/// Waits for a connection that no request asked for, and puts it into the pool.
private final class SpareConnection: ServiceExchange {
    private let addressID: Int

    init(addressID: Int) { self.addressID = addressID }

    let isRequestSent = true

    func serviceConnected(_ connection: ServiceConnection) {
        connection.target.pools.setGrowing(addressID, false)
        connection.park()
    }

    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget) {
        target.pools.setGrowing(addressID, false)
        target.loop.updateClock()
        target.pools.rest(addressID, now: target.loop.now)
    }

    func serviceInformed(_ head: borrowing ResponseHead) {}
    func serviceResponded(_ head: borrowing ResponseHead) {}
    func serviceSent(_ bytes: ByteBuffer) {}
    func serviceEnded() {}
    func servicePaused() {}
    func serviceFailed(_ fault: ServiceFault) {}
    func serviceWritabilityChanged(_ isWritable: Bool) {}
}
