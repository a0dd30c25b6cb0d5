/// Limits the concurrent exchanges of one app, with a bounded FIFO queue and a bounded wait.
///
/// This is a value without a clock; times are milliseconds of a monotonic clock. Ids are chosen by the caller, each
/// used once.
package struct ExchangeQueue: Sendable {
    /// The decision on one login.
    package enum Entry: Sendable, Equatable {
        /// Start now; call `leave` at the end.
        case start
        /// `leave` or `expire` will return the id.
        case wait
        /// The queue is full.
        case full
    }

    /// The decisions of a call of `leave` or `expire`.
    package struct Turn: Sendable, Equatable {
        /// Start now; call `leave` for each at the end.
        package var start: [UInt64] = []
        /// These waited too long: they are out.
        package var expired: [UInt64] = []

        /// - Parameters:
        ///   - start: exchanges that start now.
        ///   - expired: exchanges that waited too long.
        package init(start: [UInt64] = [], expired: [UInt64] = []) {
            self.start = start
            self.expired = expired
        }
    }

    private struct Waiting {
        let id: UInt64
        let until: Int64
    }

    private let atOnce: Int
    private let waitingRoom: Int
    private let waitTimeout: Int64
    private var queue: [Waiting] = []
    /// Exchanges under way.
    package private(set) var running = 0

    /// - Parameters:
    ///   - atOnce: exchanges under way at most, at least 1.
    ///   - waiting: behind them.
    ///   - patience: how long one waits at most, in milliseconds.
    package init(atOnce: Int = 256, waiting: Int = 100, waitTimeout: Int64 = 5000) {
        self.atOnce = max(1, atOnce)
        waitingRoom = max(0, waiting)
        self.waitTimeout = max(0, waitTimeout)
    }

    /// The waiting logins, including expired ones that have not been returned yet.
    package var waiting: Int { queue.count }

    /// When `expire` has something to do next; nil: the queue is empty.
    package var nextExpiry: Int64? { queue.first?.until }

    /// One more exchange. Where `expire` was not called lately, it is to be called first: it makes room.
    package mutating func enter(_ id: UInt64, now: Int64) -> Entry {
        if running < atOnce, queue.isEmpty {
            running += 1
            return .start
        }
        guard queue.count < waitingRoom else { return .full }
        queue.append(Waiting(id: id, until: now + waitTimeout))
        return .wait
    }

    /// An exchange that had started is done.
    package mutating func leave(now: Int64) -> Turn {
        running = max(0, running - 1)
        return expire(now: now)
    }

    /// Calls out those whose time is up, and gives free places to those behind them.
    package mutating func expire(now: Int64) -> Turn {
        var turn = Turn()
        // All wait equally long, so the first is the first to go.
        let dead = queue.prefix { $0.until <= now }.count
        turn.expired = queue.prefix(dead).map(\.id)
        let free = min(atOnce - running, queue.count - dead)
        turn.start = queue[dead..<(dead + free)].map(\.id)
        queue.removeFirst(dead + free)
        running += free
        return turn
    }

    /// Removes a waiting login that was cancelled.
    package mutating func cancel(_ id: UInt64) {
        queue.removeAll { $0.id == id }
    }
}
