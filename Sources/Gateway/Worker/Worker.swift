import Configuration
import Cryptography
import HTTPWire
import Login
import NIOCore
import Sessions

/// Everything one event loop needs to serve requests: its connections, the snapshot in force, scratch space, counters.
///
/// Belongs to one loop and is touched only there. What it shares with other workers is in
/// docs/architecture.md, Ownership.
final class Worker {
    let loop: LoopContext
    /// The connections of clients.
    let clients: ClientContext
    /// In force for requests that begin now.
    private(set) var snapshot: Snapshot
    /// Made and not yet in force.
    private var next: Snapshot?
    /// What became of sessions and users after their tokens were issued.
    var changes = SessionChanges()
    /// Whether the store has told which sessions have ended: before that no token can be trusted to be of a living one.
    var isInformed = false
    /// The tokens that took the place of older ones, by session.
    var successors: [[UInt8]: RenewedToken] = [:]
    var verdicts = VerdictCounts()
    let readiness: Readiness
    /// Hears of keys that an issuer's tokens name and that are not known.
    let issuerKeys: IssuerKeyFetcher?

    // Scratch, valid within one event only.
    var normalPath: [UInt8] = []
    var rewrittenPath: [UInt8] = []
    /// The field lines that the gateway adds to the head in hand.
    var extraFields = FieldBlock()
    /// The body of a response of the gateway's own.
    var envelope = ByteBuffer()

    var requestIDs = RequestIDGenerator()
    var traces = TraceContextGenerator()
    let viaName = ViaName.own
    var date = HTTPDateCache()
    var log: AccessLogBuffer

    /// Whatever still runs is cut.
    var isDrainOver = false
    /// Says when entries about tokens are dropped, however the wall clock is set.
    var purgeClock: PurgeClock
    /// By the steady clock.
    var nextPurge: Int64 = 0
    var isStopped = false
    var drained: EventLoopPromise<Void>?
    /// Ends the timer in force.
    var ticking: RepeatedTask?

    /// - Parameter generation: in force from the start.
    init(
        eventLoop: any EventLoop,
        generation: Generation,
        readiness: Readiness,
        connectionLimit: ConnectionLimit,
        issuerKeys: IssuerKeyFetcher? = nil,
        log: AccessLogBuffer
    ) throws(CryptographyError) {
        let settings = GatewaySettings(generation.configuration)
        loop = LoopContext(eventLoop: eventLoop, shortestTimeout: settings.shortestTimeout)
        snapshot = try Snapshot(
            generation,
            settings: settings,
            loop: loop,
            issuerKeys: issuerKeys?.keys,
            former: nil
        )
        purgeClock = PurgeClock(wall: loop.wallMilliseconds, steady: loop.now / 1_000_000)
        clients = ClientContext(loop: loop, settings: snapshot, connectionLimit: connectionLimit)
        self.readiness = readiness
        self.issuerKeys = issuerKeys
        self.log = log
    }

    /// The gateway stops: each response is its connection's last.
    var isDraining: Bool { clients.isStopping }

    // MARK: - The next generation

    /// Makes the snapshot of the next generation; nothing changes yet.
    func prepare(_ generation: Generation) throws(CryptographyError) {
        next = try Snapshot(
            generation,
            settings: GatewaySettings(generation.configuration),
            loop: loop,
            issuerKeys: issuerKeys?.keys,
            former: snapshot
        )
    }

    /// Puts the prepared snapshot in force for every request that begins afterwards. Requests that run keep theirs.
    func adoptPrepared() {
        guard let next, !isStopped else { return dropPrepared() }
        self.next = nil
        loop.run {
            // They may have come after the snapshot was prepared.
            if let issuerKeys { next.tokens.verifier.adopt(issuerKeys: issuerKeys.keys) }
            snapshot = next
            clients.adopt(next)
            for cluster in next.clusters { cluster.startHealthChecks() }
        }
        if next.settings.shortestTimeout < loop.wheel.sweep {
            loop.shorten(next.settings.shortestTimeout)
            startTicking()
        }
    }

    /// Lets go of what was prepared: another worker could not.
    func dropPrepared() { next = nil }
}
