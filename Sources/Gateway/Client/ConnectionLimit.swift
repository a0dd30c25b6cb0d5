import Synchronization

/// How many connections of clients there may be; counted per connection, not per request.
final class ConnectionLimit: Sendable {
    private let open = Atomic<Int>(0)
    let maximum: Int
    /// Refusals under way at once.
    private let refusals: Int

    init(maximum: Int, refusals: Int = 128) {
        self.maximum = maximum
        self.refusals = refusals
    }

    var current: Int { open.load(ordering: .relaxed) }

    enum Admission: Sendable {
        case admitted
        /// One too many: it is told so.
        case refused
        /// So many are being told already that there is no descriptor to spare for another.
        case noRoomToRefuse
    }

    /// Counts a connection in, whatever becomes of it, until ``leave()``.
    func enter() -> Admission {
        let count = open.add(1, ordering: .relaxed).newValue
        if count <= maximum { return .admitted }
        return count <= maximum + refusals ? .refused : .noRoomToRefuse
    }

    func leave() { open.subtract(1, ordering: .relaxed) }
}
