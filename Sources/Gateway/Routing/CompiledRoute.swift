import Configuration

/// A route in the form that the data path uses. A class, so that to look at one is one retain and not one for each array in
/// it; every worker has its own.
final class CompiledRoute: Sendable {
    /// The path as the file says it, for logs.
    let label: [UInt8]
    /// Into `GatewayConfiguration.serviceNames`.
    let serviceIndex: Int
    let auth: RouteAuthentication
    let success: SuccessPolicy
    let failures: FailurePolicy
    /// In bytes; `.max` for no limit.
    let bodyLimit: UInt64
    /// What the route says of statuses; nil where the app or the whole file decides.
    let always200: Bool?
    /// Whether paths with an empty segment are taken.
    let keepSlashes: Bool
    /// Whether the service gets the client's token too.
    let forwardToken: Bool
    /// What has to be known of the user.
    let requiresProfile: Bool
    let requiresPhone: Bool
    /// The apps whose users it serves; empty: all.
    let apps: [[UInt8]]
    let inPlaceLogin: Bool
    let queryCredentials: Bool
    /// Into `GatewayConfiguration.clientKeyNames`; -1: none.
    let clientKeyIndex: Int
    let forwardPhone: Bool
    /// Whether the head is looked at for more than route, token and body, so that most requests pay one test for all.
    let hasConditions: Bool
    /// What it does beyond forwarding; nil for most routes.
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
        service: ServiceConfiguration?,
        defaultBodyLimit: BodyLimit,
        serviceIndex: Int,
        clientKeyIndex: Int?,
        rules: RouteRules?
    ) {
        self.rules = rules
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
        self.clientKeyIndex = clientKeyIndex ?? -1
        forwardPhone = route.forwardPhone
        timeouts = Timeouts(route.timeouts, service?.timeouts ?? ServiceTimeoutsConfiguration())
        hasConditions = requiresProfile || requiresPhone || !apps.isEmpty
    }
}
