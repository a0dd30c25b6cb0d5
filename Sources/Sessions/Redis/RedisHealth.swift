import Synchronization

/// Whether the server is there, for who asks from any thread.
final class RedisHealth: Sendable {
    private let acceptsRequests = Atomic(false)
    private let deliversChanges = Atomic(false)
    private let refused = Atomic(false)
    private let seen = Atomic(false)
    private let ignored = Atomic(0)

    var isHealthy: Bool { acceptsRequests.load(ordering: .relaxed) && deliversChanges.load(ordering: .relaxed) }
    var isDegraded: Bool { !isHealthy || refused.load(ordering: .relaxed) }
    var wasSeen: Bool { seen.load(ordering: .relaxed) }

    /// Rows and entries that no gateway wrote, since the start.
    var ignoredRows: Int { ignored.load(ordering: .relaxed) }

    func note(ignored rows: Int) { ignored.wrappingAdd(rows, ordering: .relaxed) }
    func note(acceptsRequests isUp: Bool) { note(isUp, acceptsRequests) }
    func note(deliversChanges isUp: Bool) { note(isUp, deliversChanges) }
    func note(refused isRefused: Bool) { refused.store(isRefused, ordering: .relaxed) }

    private func note(_ isUp: Bool, _ flag: borrowing Atomic<Bool>) {
        flag.store(isUp, ordering: .relaxed)
        if isHealthy { seen.store(true, ordering: .relaxed) }
    }
}
