import Configuration

/// A route in the form that the data path uses.
struct CompiledRoute: Sendable {
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

    init(_ route: RouteConfiguration, defaultBodyLimit: BodyLimit, serviceIndex: Int) {
        label = Array(route.path.text.utf8)
        self.serviceIndex = serviceIndex
        auth = route.auth
        success = route.success
        failures = route.failures
        bodyLimit = (route.bodyLimit ?? defaultBodyLimit).maximum
        always200 = route.statuses.map { $0 == .always200 }
        keepSlashes = route.keepSlashes
        forwardToken = route.forwardToken
    }
}
