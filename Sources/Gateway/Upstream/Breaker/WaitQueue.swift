/// Who waits for a connection, in the order of their coming. A value; whoever holds it wakes them.
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

    /// Takes one out that waits no more; false where there is none such.
    mutating func removeFirst(where matches: (Waiter) -> Bool) -> Bool {
        guard let index = waiters.firstIndex(where: matches) else { return false }
        waiters.remove(at: index)
        return true
    }
}
