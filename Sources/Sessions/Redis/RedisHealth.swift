import Synchronization

/// Whether the server is there, for who asks from any thread.
final class RedisHealth: Sendable {
    private let takesRequests = Atomic(false)
    private let tellsChanges = Atomic(false)
    private let refused = Atomic(false)
    private let seen = Atomic(false)

    var isWell: Bool { takesRequests.load(ordering: .relaxed) && tellsChanges.load(ordering: .relaxed) }
    var isDegraded: Bool { !isWell || refused.load(ordering: .relaxed) }
    var wasSeen: Bool { seen.load(ordering: .relaxed) }

    func note(takesRequests isUp: Bool) { note(isUp, takesRequests) }
    func note(tellsChanges isUp: Bool) { note(isUp, tellsChanges) }
    func note(refused isRefused: Bool) { refused.store(isRefused, ordering: .relaxed) }

    private func note(_ isUp: Bool, _ flag: borrowing Atomic<Bool>) {
        flag.store(isUp, ordering: .relaxed)
        if isWell { seen.store(true, ordering: .relaxed) }
    }
}
