import Synchronization

/// What `/readyz` says; the only state that all workers and the process's own thread share for it.
final class Readiness: Sendable {
    private let draining = Atomic<Bool>(false)
    private let loaded = Atomic<Bool>(false)
    private let informed = Atomic<Bool>(false)
    private let isStoreAway: @Sendable () -> Bool

    /// - Parameter isStoreAway: whether the store, seen once, does not answer now; called for each look at `/readyz`.
    init(isStoreAway: @escaping @Sendable () -> Bool) {
        self.isStoreAway = isStoreAway
    }

    /// Configuration, keys and store were there once.
    func markLoaded() { loaded.store(true, ordering: .releasing) }
    /// The store was seen, and every worker knows which sessions have ended.
    func markInformed() { informed.store(true, ordering: .releasing) }
    /// The process is about to end.
    func markDraining() { draining.store(true, ordering: .releasing) }

    var isReady: Bool {
        loaded.load(ordering: .acquiring) && informed.load(ordering: .acquiring)
            && !draining.load(ordering: .acquiring)
    }
    var isDraining: Bool { draining.load(ordering: .acquiring) }
    /// New logins fail; valid tokens work all the same.
    var isDegraded: Bool { isStoreAway() }
}
