/// The idle connections to one target, newest first.
///
/// The newest is used first: the service is least likely to have closed it, and the others can expire. This is a value;
/// the owner closes connections.
struct ServicePool<Connection: AnyObject> {
    /// Idle connections kept at most; a further one is closed instead of kept.
    let idleLimit: Int
    private var idle: [Connection] = []

    init(idleLimit: Int) {
        self.idleLimit = idleLimit
    }

    var idleCount: Int { idle.count }

    /// Takes a connection out, or `nil` where a new one has to be made.
    mutating func take() -> Connection? {
        idle.popLast()
    }

    /// Takes the one out that has been idle longest.
    mutating func takeOldest() -> Connection? {
        idle.isEmpty ? nil : idle.removeFirst()
    }

    /// Keeps a connection for the next request; false where it has to be closed instead.
    mutating func keep(_ connection: Connection) -> Bool {
        guard idle.count < idleLimit else { return false }
        idle.append(connection)
        return true
    }

    /// Forgets a connection that closed or is about to; false where it was not idle.
    @discardableResult
    mutating func remove(_ connection: Connection) -> Bool {
        guard let index = idle.lastIndex(where: { $0 === connection }) else { return false }
        idle.remove(at: index)
        return true
    }

    /// Takes all connections out, to be closed.
    mutating func removeAll() -> [Connection] {
        defer { idle.removeAll() }
        return idle
    }
}
