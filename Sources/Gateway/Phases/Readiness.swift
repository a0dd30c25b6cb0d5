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

/// How many connections of clients there may be; counted per connection, not per request.
final class ConnectionLimit: Sendable {
    private let open = Atomic<Int>(0)
    let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    var current: Int { open.load(ordering: .relaxed) }

    enum Admission: Sendable {
        case welcome
        /// One too many: it is told so.
        case refused
        /// So many are being told already that there is no descriptor to spare for another.
        case noRoomToRefuse
    }

    /// Refusals under way at once.
    private static let refusalLimit = 128

    /// Counts a connection in, whatever becomes of it, until ``leave()``.
    func enter() -> Admission {
        let count = open.add(1, ordering: .relaxed).newValue
        if count <= maximum { return .welcome }
        return count <= maximum + Self.refusalLimit ? .refused : .noRoomToRefuse
    }

    func leave() { open.subtract(1, ordering: .relaxed) }
}
