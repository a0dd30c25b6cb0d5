import NIOCore

/// The idle connections to one target by address, and the rotation between the addresses.
///
/// The addresses of a name share its requests equally, by round robin: a request gets an idle connection to the next
/// address in turn. An address backs off after a failed connection attempt or a connection without a response: new
/// connections go to other addresses first. This is a value; the owner closes connections. Times are nanoseconds of a
/// monotonic clock.
struct AddressPools<Connection: AnyObject> {
    struct Slot {
        /// Never that of another address of this target, former ones included.
        let id: Int
        let address: SocketAddress
        var idle: ServicePool<Connection>
        /// Open connections.
        var open = 0
        /// A connection is being made for the pool, not for a request.
        var isGrowing = false
        fileprivate(set) var backoffEnd = Int64.min
        fileprivate var pause = ConnectBackoff.first

        /// Whether new connections go to other addresses first.
        func isBackingOff(at now: Int64) -> Bool { backoffEnd > now }

        /// Whether the address takes part in the rotation. An address with idle connections does, even while it backs
        /// off.
        func isUsable(at now: Int64) -> Bool { !isBackingOff(at: now) || idle.idleCount > 0 }
    }

    private(set) var slots: [Slot] = []
    /// Idle connections kept at most, over all addresses.
    private let idleLimit: Int
    private var turn: UInt = 0
    private var nextID = 0
    /// The id of the address that gets the slot of the next connection that closes, if the service is at its limit of
    /// connections.
    private(set) var rebalanceTarget: Int?
    /// Until this time, no rebalancing starts that leaves the shares as unequal as before.
    private var rotatesAt = Int64.min

    init(idleLimit: Int) {
        self.idleLimit = idleLimit
    }

    /// Whether there is only one address.
    var isSingle: Bool { slots.count == 1 }

    var idleCount: Int { slots.reduce(0) { $0 + $1.idle.idleCount } }

    // MARK: - Addresses

    /// Replaces the addresses of the name.
    ///
    /// - Returns: the idle connections to addresses that no longer exist; the caller closes them. ``keep(_:id:)``
    ///   rejects those in use.
    mutating func follow(_ addresses: [SocketAddress]) -> [Connection] {
        var retired: [Connection] = []
        var kept: [Slot] = []
        for var slot in slots {
            if addresses.contains(slot.address) { kept.append(slot) } else { retired += slot.idle.removeAll() }
        }
        for address in addresses where !kept.contains(where: { $0.address == address }) {
            kept.append(Slot(id: nextID, address: address, idle: ServicePool(idleLimit: idleLimit)))
            nextID += 1
        }
        slots = kept
        if let id = rebalanceTarget, index(of: id) == nil { rebalanceTarget = nil }
        return retired
    }

    func index(of id: Int) -> Int? { slots.firstIndex { $0.id == id } }

    /// The id of the address that a connection reached; nil if the name no longer has that address.
    ///
    /// The comparison ignores scope and flow info, which the kernel may report differently.
    func id(of address: SocketAddress?) -> Int? {
        if let slot = slots.first(where: { $0.address == address }) { return slot.id }
        guard let text = address?.ipAddress else { return nil }
        return slots.first { $0.address.port == address?.port && $0.address.ipAddress == text }?.id
    }

    // MARK: - Turns

    /// The index of the address that is next in turn. Addresses that back off and have no idle connection are skipped,
    /// unless all do. Nil without addresses.
    func next(now: Int64) -> Int? {
        guard !slots.isEmpty else { return nil }
        let up = slots.count { $0.isUsable(at: now) }
        guard up > 0 else { return Int(turn % UInt(slots.count)) }
        var left = Int(turn % UInt(up))
        for index in slots.indices where slots[index].isUsable(at: now) {
            if left == 0 { return index }
            left -= 1
        }
        return nil
    }

    mutating func endTurn() {
        turn &+= 1
    }

    /// All addresses for one connection attempt, the one in turn first and those that back off last. Ends the turn.
    mutating func takeTurn(now: Int64) -> [SocketAddress] {
        guard let first = next(now: now) else { return [] }
        endTurn()
        let rotated = slots[first...] + slots[..<first]
        return (rotated.filter { !$0.isBackingOff(at: now) } + rotated.filter { $0.isBackingOff(at: now) }).map(
            \.address
        )
    }

    /// Records that no connection to the address succeeded, or that a connection got no response. The address backs off
    /// for 1 s, then twice as long each time, up to 30 s. Failures during the back-off belong to attempts that started
    /// before it, and do not extend it.
    mutating func backOff(_ id: Int, now: Int64) {
        guard let index = index(of: id), !slots[index].isBackingOff(at: now) else { return }
        slots[index].backoffEnd = now + slots[index].pause
        slots[index].pause = min(slots[index].pause * 2, ConnectBackoff.longest)
    }

    /// Records a response from the address, which ends its back-off. An open connection is not enough: the kernel of a
    /// hanging server still accepts connections.
    mutating func recordResponse(_ id: Int) {
        guard let index = index(of: id) else { return }
        slots[index].backoffEnd = .min
        slots[index].pause = ConnectBackoff.first
    }

    // MARK: - Connections

    /// Counts a new connection to the address.
    mutating func opened(_ id: Int) {
        guard let index = index(of: id) else { return }
        slots[index].open += 1
    }

    /// Counts a closed connection to the address.
    mutating func closed(_ id: Int) {
        guard let index = index(of: id) else { return }
        slots[index].open -= 1
    }

    mutating func setGrowing(_ id: Int, _ isGrowing: Bool) {
        guard let index = index(of: id) else { return }
        slots[index].isGrowing = isGrowing
    }

    // MARK: - Trades

    /// Reserves the slot of the next connection to close for the address with this index.
    ///
    /// An address without a connection gets one even if the other address is then left without: each worker may have
    /// only one connection. That connection rotates every few seconds.
    ///
    /// - Parameters:
    ///   - id: the address whose connection was used instead.
    ///   - jitter: 0 to 1; shortens the time to the next rotation by up to half, so that workers do not rotate in step.
    /// - Returns: false if it would not help, or if another address holds the reservation.
    mutating func startRebalancing(from id: Int, to index: Int, now: Int64, jitter: Double) -> Bool {
        guard rebalanceTarget == nil, let from = self.index(of: id), wouldHelp(from: from, to: index) else {
            return false
        }
        if slots[from].open < slots[index].open + 2 {
            guard rotatesAt <= now else { return false }
            let round = Rebalancing.round
            rotatesAt = now + round - Int64(Double(round) * 0.5 * min(max(jitter, 0), 1))
        }
        rebalanceTarget = slots[index].id
        return true
    }

    /// Whether a connection to the address is to be closed after its request, for the one that has the promise.
    func isRebalanceSource(_ id: Int) -> Bool {
        guard let rebalanceTarget, let from = index(of: id), let index = index(of: rebalanceTarget) else {
            return false
        }
        return wouldHelp(from: from, to: index)
    }

    /// Returns the id of the address that holds the reservation, and clears the reservation. Nil if there is none, or
    /// if a connection to the address is already being made.
    mutating func takeRebalanceTarget() -> Int? {
        guard let id = rebalanceTarget else { return nil }
        rebalanceTarget = nil
        return index(of: id).flatMap { slots[$0].isGrowing ? nil : id }
    }

    /// Whether one connection less to the first and one more to the second brings them closer to equal shares, or gives
    /// the second its only one.
    private func wouldHelp(from: Int, to index: Int) -> Bool {
        slots[from].open >= slots[index].open + 2 || slots[index].open == 0 && slots[from].open >= 1
    }

    // MARK: - Idle connections

    /// The newest idle connection to the address.
    mutating func take(at index: Int) -> Connection? {
        slots[index].idle.take()
    }

    /// The index of the address with most idle connections; nil where none has any.
    var fullest: Int? {
        let fullest = slots.indices.max { slots[$0].idle.idleCount < slots[$1].idle.idleCount }
        return fullest.flatMap { slots[$0].idle.idleCount > 0 ? $0 : nil }
    }

    /// Removes the connection that has been idle longest, of the address with the most idle connections.
    mutating func takeOldest() -> Connection? {
        guard let index = fullest else { return nil }
        return slots[index].idle.takeOldest()
    }

    /// Keeps a connection for the next request. False if the caller must close it: its address no longer exists, or the
    /// pool is full.
    mutating func keep(_ connection: Connection, id: Int) -> Bool {
        if isSingle, slots[0].id == id { return slots[0].idle.keep(connection) }
        guard let index = index(of: id), idleCount < idleLimit else { return false }
        return slots[index].idle.keep(connection)
    }

    /// Forgets a connection that closed or is about to; false where it was not idle.
    @discardableResult
    mutating func remove(_ connection: Connection, id: Int) -> Bool {
        guard let index = index(of: id) else { return false }
        return slots[index].idle.remove(connection)
    }

    /// Takes all idle connections out, to be closed.
    mutating func removeAll() -> [Connection] {
        var all: [Connection] = []
        for index in slots.indices { all += slots[index].idle.removeAll() }
        return all
    }
}

/// In nanoseconds.
private enum Rebalancing {
    /// The time between two rotations of an only connection.
    static let round: Int64 = 5_000_000_000
}

/// For how long an address gets no new connections after a failure, in nanoseconds.
private enum ConnectBackoff {
    static let first: Int64 = 1_000_000_000
    static let longest: Int64 = 30_000_000_000
}
