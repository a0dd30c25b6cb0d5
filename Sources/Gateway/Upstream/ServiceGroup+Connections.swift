import Configuration
import NIOCore

/// How a request comes by a connection, and what happens where there may be no more of them.
extension ServiceGroup {
    /// A request that waits for a connection.
    final class Waiter {
        let exchange: any ServiceExchange
        let target: UpstreamTarget
        let mustBeNew: Bool
        let timeout: Int64

        init(exchange: any ServiceExchange, target: UpstreamTarget, mustBeNew: Bool, timeout: Int64) {
            self.exchange = exchange
            self.target = target
            self.mustBeNew = mustBeNew
            self.timeout = timeout
        }
    }

    enum Obtained {
        case idle(ServiceConnection)
        /// The exchange hears of it, never before the call returns.
        case connecting
        /// The exchange stands in line; `leaveLine` takes it out.
        case waiting
        /// The line is full.
        case refused
    }

    var waitingHere: Int { line.count }

    /// - Parameters:
    ///   - mustBeNew: an idle connection will not do.
    ///   - timeout: for resolving and connecting, in nanoseconds.
    func obtain(
        _ target: UpstreamTarget,
        for exchange: any ServiceExchange,
        mustBeNew: Bool = false,
        timeout: Int64
    ) -> Obtained {
        guard let limit = configuration.connections else {
            if !mustBeNew, let connection = target.takeIdle() { return .idle(connection) }
            target.connect(for: exchange, within: timeout)
            return .connecting
        }
        if line.count == 0 {
            // Who came later does not overtake those who wait.
            if !mustBeNew, let connection = target.takeIdle() { return .idle(connection) }
            if takeSlot(limit) {
                target.connect(for: exchange, within: timeout, holdsSlot: true)
                return .connecting
            }
        }
        guard board.enterLine(limit: configuration.waiting) else { return .refused }
        line.append(Waiter(exchange: exchange, target: target, mustBeNew: mustBeNew, timeout: timeout))
        // Another worker may have an idle connection to give up.
        board.wakeAll()
        return .waiting
    }

    /// The exchange waits no more.
    func leaveLine(_ exchange: any ServiceExchange) {
        guard line.removeFirst(where: { $0.exchange === exchange }) else { return }
        board.leaveLine()
    }

    /// Counts one more connection in, giving up an idle one where there is no room.
    private func takeSlot(_ limit: Int) -> Bool {
        if board.takeSlot(limit: limit) { return true }
        return closeOneIdle() && board.takeSlot(limit: limit)
    }

    private func closeOneIdle() -> Bool {
        for target in targets where target.closeOldestIdle() { return true }
        return false
    }

    /// A connection that held a slot is gone.
    func slotFreed() {
        board.freeSlot()
        if board.waitingCount > 0 { board.wakeAll() }
    }

    /// True where a connection that is free again should be closed for those who wait at other workers: this one has
    /// more than its share.
    var shouldYield: Bool {
        guard let limit = configuration.connections, board.waitingCount > line.count else { return false }
        return openConnections > limit / max(board.workerCount, 1)
    }

    /// Something may be there for those who wait; looked at when the event in hand is over.
    func serveLineSoon() {
        guard configuration.connections != nil, line.count > 0, !willServeLine else { return }
        willServeLine = true
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        loop.eventLoop.execute { bound.value.serveLine() }
    }

    private func serveLine() {
        willServeLine = false
        guard let limit = configuration.connections else { return }
        loop.updateClock()
        while let waiter = line.first {
            if !waiter.mustBeNew, let connection = waiter.target.takeIdle() {
                advanceLine()
                waiter.exchange.serviceConnected(connection)
                continue
            }
            guard takeSlot(limit) else { return }
            advanceLine()
            waiter.exchange.serviceConnecting()
            waiter.target.connect(for: waiter.exchange, within: waiter.timeout, holdsSlot: true)
        }
        // Those of other workers wait for what lies idle here; closing it wakes them.
        if board.waitingCount > 0 { _ = closeOneIdle() }
    }

    private func advanceLine() {
        _ = line.popFirst()
        board.leaveLine()
    }

    /// From now on this worker hears of connections that others give up.
    func joinBoard() {
        let bound = NIOLoopBound(WeakGroup(self), eventLoop: loop.eventLoop)
        let eventLoop = loop.eventLoop
        board.onChange { eventLoop.execute { bound.value.group?.serveLine() } }
    }
}

/// The board outlives the workers.
private final class WeakGroup {
    weak var group: ServiceGroup?
    init(_ group: ServiceGroup) { self.group = group }
}
