import HTTPWire
import NIOCore

/// What the connections of clients share on one loop: settings, scratch space, and the list of those that are open.
///
/// Belongs to one loop and is touched only there.
final class ClientContext {
    let loop: LoopContext
    /// For requests that begin now.
    private(set) var settings: ClientSettings
    /// Counts the connections of the traffic ports, of all workers.
    let connectionLimit: ConnectionLimit

    static let noFields = FieldBlock()

    // Scratch, valid within one event only.

    /// The head in hand. A receiver has it for as long as ``RequestReceiver/begin(_:under:)`` runs, and nothing else touches it
    /// meanwhile: no event is handled within that one.
    var head = RequestHead()
    /// What goes to the client in hand.
    var outbound = ByteBuffer()
    /// A large piece of a body that goes with it. It stays where it arrived until the event ends: what comes behind it, be
    /// it the end of its chunk or of a wrapper, then leaves in the same write and not in a segment of its own.
    var largePiece = ByteBuffer()
    /// How many bytes of `outbound` go before the large piece; nil: there is none.
    var largePieceOffset: Int?

    private(set) var connections: [ObjectIdentifier: HTTP1Connection] = [:]
    private var tunnels: [ObjectIdentifier: ClientTunnel] = [:]
    /// The gateway stops: each response is its connection's last.
    private(set) var isStopping = false
    private var whenEmpty: (() -> Void)?

    init(loop: LoopContext, settings: ClientSettings, connectionLimit: ConnectionLimit) {
        self.loop = loop
        self.settings = settings
        self.connectionLimit = connectionLimit
    }

    /// Puts other settings in force for every request that begins from now on, on open connections too. Nothing holds
    /// the old ones but the requests that began with them.
    func adopt(_ settings: ClientSettings) {
        self.settings = settings
        for connection in connections.values { connection.settingsChanged() }
    }

    /// Forgets what was gathered for the client in hand, and lets the large piece's channel read into its storage again.
    func dropGathered() {
        outbound.clear()
        guard largePieceOffset != nil else { return }
        largePieceOffset = nil
        largePiece = ByteBuffer()
    }

    // MARK: - Who is there

    func add(_ connection: HTTP1Connection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: HTTP1Connection) {
        connections[ObjectIdentifier(connection)] = nil
        noteEmpty()
    }

    func add(_ tunnel: ClientTunnel) {
        tunnels[ObjectIdentifier(tunnel)] = tunnel
    }

    func remove(_ tunnel: ClientTunnel) {
        tunnels[ObjectIdentifier(tunnel)] = nil
    }

    var hasTunnels: Bool { !tunnels.isEmpty }

    /// Calls `body` for each tunnel, which may end it.
    func forEachTunnel(_ body: (ClientTunnel) -> Void) {
        for tunnel in Array(tunnels.values) { body(tunnel) }
    }

    // MARK: - The end

    /// Closes idle connections, ends tunnels, and lets requests finish. May be called again.
    ///
    /// - Parameter whenEmpty: called once, when no connection is there, in place of that of a former call.
    func stop(whenEmpty: @escaping () -> Void) {
        isStopping = true
        self.whenEmpty = whenEmpty
        for connection in Array(connections.values) { connection.stop() }
        forEachTunnel { $0.end(because: .stopping) }
        noteEmpty()
    }

    /// Closes what is left, at once.
    func closeAll() {
        whenEmpty = nil
        for connection in Array(connections.values) { connection.reset() }
    }

    private func noteEmpty() {
        guard connections.isEmpty, let whenEmpty else { return }
        self.whenEmpty = nil
        whenEmpty()
    }
}
