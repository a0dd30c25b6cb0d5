import Synchronization

/// What `/readyz` says; the only state that all workers and the process's own thread share for it.
package final class Readiness: Sendable {
    private let draining = Atomic<Bool>(false)
    private let loaded = Atomic<Bool>(false)
    private let degraded = Atomic<Bool>(false)

    package init() {}

    /// Configuration, keys and store were there once.
    package func markLoaded() { loaded.store(true, ordering: .releasing) }
    /// The process is about to end.
    package func markDraining() { draining.store(true, ordering: .releasing) }
    /// The store answers, or does not: valid tokens work all the same.
    package func setDegraded(_ value: Bool) { degraded.store(value, ordering: .relaxed) }

    package var isReady: Bool { loaded.load(ordering: .acquiring) && !draining.load(ordering: .acquiring) }
    package var isDraining: Bool { draining.load(ordering: .acquiring) }
    package var isDegraded: Bool { degraded.load(ordering: .relaxed) }
}

/// How many connections of clients there may be; counted per connection, not per request.
package final class ConnectionLimit: Sendable {
    private let open = Atomic<Int>(0)
    package let maximum: Int

    package init(maximum: Int) { self.maximum = maximum }

    package var current: Int { open.load(ordering: .relaxed) }

    /// Counts a connection in; false where it is one too many (it counts all the same until ``leave()``).
    package func enter() -> Bool { open.add(1, ordering: .relaxed).newValue <= maximum }

    package func leave() { open.subtract(1, ordering: .relaxed) }
}
