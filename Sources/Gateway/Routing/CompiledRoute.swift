import Configuration

/// A route in the form for the data path. A class, so that using one costs one retain instead of one per array in it.
/// Every worker has its own, one for each generation of routes.json; it leads to the worker's cluster and to limits that
/// may be older than the route.
final class CompiledRoute {
    /// The path as written in the file, for logs.
    let label: [UInt8]
    /// Where its requests go.
    let cluster: Cluster
    /// Into `GatewayConfiguration.serviceNames`; for identity tokens.
    let serviceIndex: Int
    /// Whether the service gets `x-identity-token`.
    let wantsIdentityToken: Bool
    let auth: RouteAuthentication
    let success: SuccessPolicy
    let failures: FailurePolicy
    /// In bytes; `.max` for no limit.
    let bodyLimit: UInt64
    /// The route's setting for statuses; nil: decided by the app or the whole file.
    let always200: Bool?
    /// Whether paths with an empty segment are taken.
    let keepSlashes: Bool
    /// Whether the service gets the client's token too.
    let forwardToken: Bool
    /// The facts that must be known about the user.
    let requiresProfile: Bool
    let requiresPhone: Bool
    /// The apps whose users it serves; empty: all.
    let apps: [[UInt8]]
    let inPlaceLogin: Bool
    let queryCredentials: Bool
    /// The key that clients must show; nil: none.
    let clientKey: ClientKey?
    /// Its rate limits, which all workers share; nil: none.
    let limits: RouteLimits?
    let forwardPhone: Bool
    /// Whether more of the head is needed than route, token and body, so that most requests pay one test for all
    /// conditions.
    let hasConditions: Bool
    /// Rules beyond forwarding; nil for most routes.
    let rules: RouteRules?
    let timeouts: Timeouts

    /// How long the service may take, the route's word before the service's; in nanoseconds.
    struct Timeouts: Sendable {
        let connect: Int64
        let firstByte: Int64
        let idle: Int64
        /// `.max`: no limit.
        let request: Int64

        init(_ route: RouteTimeoutsConfiguration, _ service: ServiceTimeoutsConfiguration) {
            connect = (route.connect ?? service.connect).nanoseconds
            firstByte = (route.firstByte ?? service.firstByte).nanoseconds
            idle = (route.idle ?? service.idle).nanoseconds
            request = (route.request ?? service.request)?.nanoseconds ?? .max
        }
    }

    init(
        _ route: RouteConfiguration,
        cluster: Cluster,
        serviceIndex: Int,
        clientKey: ClientKey?,
        limits: RouteLimits?,
        rules: RouteRules?,
        defaultBodyLimit: BodyLimit
    ) {
        let service = cluster.configuration
        self.cluster = cluster
        self.clientKey = clientKey
        self.limits = limits
        self.rules = rules
        wantsIdentityToken = service.identityToken
        label = Array(route.path.text.utf8)
        self.serviceIndex = serviceIndex
        auth = route.auth
        success = route.success
        failures = route.failures
        bodyLimit = (route.bodyLimit ?? defaultBodyLimit).maximum
        always200 = route.statuses.map { $0 == .always200 }
        keepSlashes = route.keepSlashes
        forwardToken = route.forwardToken
        requiresProfile = route.require.contains(.profile)
        requiresPhone = route.require.contains(.phone)
        apps = route.apps.map { Array($0.utf8) }
        inPlaceLogin = route.inPlaceLogin && route.auth != .none
        queryCredentials = route.queryCredentials
        forwardPhone = route.forwardPhone
        timeouts = Timeouts(route.timeouts, service.timeouts)
        hasConditions = requiresProfile || requiresPhone || !apps.isEmpty
    }
}
