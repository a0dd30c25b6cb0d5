/// Requests that wait for a connection, in order of arrival. This is a value; the owner wakes them.
struct WaitQueue<Waiter> {
    private var waiters: [Waiter] = []

    init() {}

    var count: Int { waiters.count }
    var first: Waiter? { waiters.first }

    mutating func append(_ waiter: Waiter) {
        waiters.append(waiter)
    }

    /// Takes the first one out.
    mutating func popFirst() -> Waiter? {
        waiters.isEmpty ? nil : waiters.removeFirst()
    }

    /// Removes a request that no longer waits; false if there is none.
    mutating func removeFirst(where matches: (Waiter) -> Bool) -> Bool {
        guard let index = waiters.firstIndex(where: matches) else { return false }
        waiters.remove(at: index)
        return true
    }
}
