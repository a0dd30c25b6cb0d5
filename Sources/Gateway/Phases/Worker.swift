import Configuration
import HTTPWire
import Login
import NIOCore
import Sessions

/// Everything one event loop needs to serve requests: its connections, pools, verdict cache, scratch space, counters.
///
/// Belongs to one loop and is touched only there. Nothing in it is shared with another worker but what is immutable,
/// and of that it has a copy of its own (architecture, section 4).
final class Worker {
    let loop: LoopContext
    let settings: GatewaySettings
    let routes: RouteTable
    let reserved: ReservedPaths
    let adminReserved: ReservedPaths
    let clusters: [Cluster]
    var verifier: TokenVerifier
    /// What became of sessions and users after their tokens were issued.
    var changes = SessionChanges()
    /// Whether the store has told which sessions have ended: before that no token can be trusted to be of a living one.
    var isInformed = false
    /// The tokens that took the place of older ones, by session.
    var successors: [[UInt8]: RenewedToken] = [:]
    var verdicts = VerdictCounts()
    let endpoints: LoginEndpoints
    let readiness: Readiness
    let connectionLimit: ConnectionLimit
    let rateLimits: RateLimits
    /// Hears of keys that an issuer's tokens name and that are not known.
    let issuerKeys: IssuerKeyFetcher?
    /// What `/.well-known/jwks.json` says.
    let jwks: [UInt8]
    var identityTokens: IdentityTokenSigner?

    static let noFields = ByteBuffer()

    // Scratch, valid within one event only.
    var head = RequestHead()
    var normalPath: [UInt8] = []
    var rewrittenPath: [UInt8] = []
    var extraFields = ByteBuffer()
    /// What goes to the client in hand.
    var outbound = ByteBuffer()
    /// A large piece of a body that goes with it. It stays where it arrived until the event ends: what comes behind it, be
    /// it the end of its chunk or of a wrapper, then leaves in the same write and not in a segment of its own.
    var largePiece = ByteBuffer()
    /// How many bytes of `outbound` go before the large piece; nil: there is none.
    var largePieceOffset: Int?
    var envelope = ByteBuffer()
    /// The value of `x-identity-token` for the request in hand.
    var identityToken: [UInt8]?

    var requestIDs = RequestIDGenerator()
    var traces = TraceContextGenerator()
    var date = HTTPDateCache()
    var log: AccessLogBuffer

    /// The connections of clients, for an orderly stop.
    var clients: [ObjectIdentifier: ClientConnection] = [:]
    /// Those among them that are tunnels.
    var tunnels: [ObjectIdentifier: ClientConnection] = [:]
    var isDraining = false
    /// Whatever still runs is cut.
    var isDrainOver = false
    var nextPurge: Int64 = 0
    var isStopped = false
    var drained: EventLoopPromise<Void>?

    init(
        loop: LoopContext,
        settings: GatewaySettings,
        configuration: GatewayConfiguration,
        verifier: TokenVerifier,
        endpoints: LoginEndpoints,
        readiness: Readiness,
        connectionLimit: ConnectionLimit,
        rateLimits: RateLimits,
        upstream: Upstream,
        issuerKeys: IssuerKeyFetcher? = nil,
        jwks: [UInt8] = [],
        identityTokens: IdentityTokenSigner? = nil,
        log: AccessLogBuffer
    ) {
        self.loop = loop
        self.settings = settings
        routes = RouteTable(configuration)
        reserved = ReservedPaths(configuration, side: .traffic)
        adminReserved = ReservedPaths(configuration, side: .admin)
        self.verifier = verifier
        self.endpoints = endpoints
        self.readiness = readiness
        self.connectionLimit = connectionLimit
        self.rateLimits = rateLimits
        self.issuerKeys = issuerKeys
        self.jwks = jwks
        self.identityTokens = identityTokens
        self.log = log
        clusters = upstream.clusters(configuration, loop: loop, limits: settings.wireLimits)
    }

    /// Forgets what was gathered for the client in hand, and lets the large piece's channel read into its storage again.
    func dropGathered() {
        outbound.clear()
        guard largePieceOffset != nil else { return }
        largePieceOffset = nil
        largePiece = ByteBuffer()
    }
}
