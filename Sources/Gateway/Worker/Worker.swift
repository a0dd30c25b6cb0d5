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
    /// The connections of clients.
    let clients: ClientContext
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
    let rateLimits: RateLimits
    /// Hears of keys that an issuer's tokens name and that are not known.
    let issuerKeys: IssuerKeyFetcher?
    /// What `/.well-known/jwks.json` says.
    let jwks: [UInt8]
    var identityTokens: IdentityTokenSigner?

    // Scratch, valid within one event only.
    var normalPath: [UInt8] = []
    var rewrittenPath: [UInt8] = []
    /// The field lines that the gateway adds to the head in hand.
    var extraFields = ByteBuffer()
    /// The body of a response of the gateway's own.
    var envelope = ByteBuffer()

    var requestIDs = RequestIDGenerator()
    var traces = TraceContextGenerator()
    var date = HTTPDateCache()
    var log: AccessLogBuffer

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
        clients = ClientContext(
            loop: loop,
            limits: settings.wireLimits,
            names: settings.fieldNames,
            timeouts: settings.clientTimeouts,
            connectionLimit: connectionLimit
        )
        routes = RouteTable(configuration)
        reserved = ReservedPaths(configuration, side: .traffic)
        adminReserved = ReservedPaths(configuration, side: .admin)
        self.verifier = verifier
        self.endpoints = endpoints
        self.readiness = readiness
        self.rateLimits = rateLimits
        self.issuerKeys = issuerKeys
        self.jwks = jwks
        self.identityTokens = identityTokens
        self.log = log
        clusters = upstream.clusters(configuration, loop: loop, limits: settings.wireLimits)
    }

    /// No request is taken any more; what runs is finished.
    var isDraining: Bool { clients.isStopping }
}
