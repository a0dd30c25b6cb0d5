import Configuration
import NIOCore

/// How a request gets a connection, with and without a limit on connections.
extension Cluster {
    /// A request that waits for a connection.
    final class Waiter {
        let exchange: any UpstreamResponseHandler
        let target: UpstreamTarget
        let mustBeNew: Bool
        let timeout: Int64

        init(exchange: any UpstreamResponseHandler, target: UpstreamTarget, mustBeNew: Bool, timeout: Int64) {
            self.exchange = exchange
            self.target = target
            self.mustBeNew = mustBeNew
            self.timeout = timeout
        }
    }

    enum Acquisition {
        case idle(ServiceConnection)
        /// The handler is notified, never before the call returns.
        case connecting
        /// The request waits in the queue; `leaveQueue` removes it.
        case waiting
        /// The line is full.
        case refused
    }

    var waitingHere: Int { queue.count }

    /// - Parameters:
    ///   - mustBeNew: an idle connection will not do.
    ///   - timeout: for resolving and connecting, in nanoseconds.
    func acquire(
        _ target: UpstreamTarget,
        for exchange: any UpstreamResponseHandler,
        mustBeNew: Bool = false,
        timeout: Int64
    ) -> Acquisition {
        guard let limit = configuration.connections else {
            if !mustBeNew, let connection = target.takeIdle() { return .idle(connection) }
            target.connect(for: exchange, within: timeout)
            return .connecting
        }
        if queue.count == 0 {
            // A later request must not overtake those that wait.
            if !mustBeNew, let connection = target.takeIdle() { return .idle(connection) }
            if takeSlot(limit) {
                target.connect(for: exchange, within: timeout, holdsSlot: true)
                return .connecting
            }
        }
        guard state.enterQueue(limit: configuration.waiting) else { return .refused }
        queue.append(Waiter(exchange: exchange, target: target, mustBeNew: mustBeNew, timeout: timeout))
        // Another worker may have an idle connection to give up.
        state.wakeAll()
        return .waiting
    }

    /// Counts a request that gets no connection, since the limit of connections and of waiting requests is reached.
    func refuseByLimit() -> ServiceFault {
        counters.refusedByLimit &+= 1
        return .noConnection
    }

    /// Removes a request that no longer waits.
    func leaveQueue(_ exchange: any UpstreamResponseHandler) {
        guard queue.removeFirst(where: { $0.exchange === exchange }) else { return }
        state.leaveQueue()
    }

    /// Takes a slot for one more connection. Without a free slot, an idle connection is closed.
    private func takeSlot(_ limit: Int) -> Bool {
        if state.takeSlot(limit: limit) { return true }
        return closeOneIdle() && state.takeSlot(limit: limit)
    }

    private func closeOneIdle() -> Bool {
        for target in targets where target.closeOldestIdle() { return true }
        return false
    }

    /// Releases the slot of a closed connection.
    func slotFreed() {
        state.freeSlot()
        if state.waitingCount > 0 { state.wakeAll() }
    }

    /// Whether a free connection should be closed for requests that wait at other workers, since this worker has more
    /// than its share.
    var shouldYield: Bool {
        guard let limit = configuration.connections, state.waitingCount > queue.count else { return false }
        return openConnections > limit / max(state.workerCount, 1)
    }

    /// Serves the queue after the current event, if requests wait.
    func serveQueueSoon() {
        guard configuration.connections != nil, queue.count > 0, !isQueueScheduled else { return }
        isQueueScheduled = true
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.execute { bound.value.serveQueue() }
    }

    private func serveQueue() {
        isQueueScheduled = false
        guard let limit = configuration.connections else { return }
        loop.run { serveQueue(limit) }
    }

    private func serveQueue(_ limit: Int) {
        while let waiter = queue.first {
            if !waiter.mustBeNew, let connection = waiter.target.takeIdle() {
                advanceQueue()
                waiter.exchange.serviceConnected(connection)
                continue
            }
            guard takeSlot(limit) else { return }
            advanceQueue()
            waiter.exchange.serviceConnecting()
            waiter.target.connect(for: waiter.exchange, within: waiter.timeout, holdsSlot: true)
        }
        // Those of other workers wait for what lies idle here; closing it wakes them.
        if state.waitingCount > 0 { _ = closeOneIdle() }
    }

    private func advanceQueue() {
        _ = queue.popFirst()
        state.leaveQueue()
    }

    /// Subscribes this worker to slots that others release.
    func subscribeToState() {
        let bound = NIOLoopBound(WeakCluster(self), eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        state.onChange { eventLoop.execute { bound.value.cluster?.serveQueue() } }
    }
}

/// The board outlives the workers.
private final class WeakCluster {
    weak var cluster: Cluster?
    init(_ cluster: Cluster) { self.cluster = cluster }
}
