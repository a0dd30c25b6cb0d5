/// The content of `routes.json`, read and validated: all names resolve, all secrets are present, no two routes
/// conflict.
///
/// Use `load(path:environment:)`: its result needs no further validation.
package struct GatewayConfiguration: Sendable, Equatable {
    /// Where clients connect. At least one.
    package var listeners: [ListenerConfiguration] = []
    /// Peers whose `x-forwarded-*` and `x-request-id` are trusted. None by default.
    package var trustedProxies: [AddressRange] = []
    /// The port for operators. None by default.
    package var admin: AdminConfiguration?
    /// WeChat's Open API and the Mini Programs that log in here.
    package var weChat = WeChatConfiguration()
    /// How tokens are signed and verified.
    package var tokens = TokensConfiguration()
    /// Where users and sessions are kept.
    package var sessions = SessionsConfiguration()
    /// How users are named.
    package var users = UsersConfiguration()
    /// Where the login endpoints are.
    package var login = LoginConfiguration()
    /// The health endpoints.
    package var health = HealthConfiguration()
    /// The limits on what clients and services send.
    package var limits = LimitsConfiguration()
    /// How long a client may take.
    package var timeouts = TimeoutsConfiguration()
    /// Where the access log goes. Standard output by default.
    package var accessLog = AccessLogDestination.standardOutput
    /// The number of event loops; nil (the default): one per core.
    package var workers: Int?
    /// The HTTP statuses of local replies, unless the app or the route says otherwise.
    package var statuses = StatusPolicy.real
    /// Static keys that routes may require of clients, by name.
    package var clientKeys: [String: ClientKeyConfiguration] = [:]
    /// What header rules may put into requests to services, by name.
    package var secrets: [String: Secret] = [:]
    /// The services that routes name.
    package var services: [String: ServiceConfiguration] = [:]
    /// The routes in the file's order, which has no influence on which of them matches.
    package var routes: [RouteConfiguration] = []

    init() {}

    /// The names of all client keys in a fixed order, for tables in which one is a number.
    package var clientKeyNames: [String] { clientKeys.keys.sorted() }

    /// The names of all services in a fixed order, for tables in which a service is a number.
    package var serviceNames: [String] { services.keys.sorted() }
}

/// One address that clients connect to.
package struct ListenerConfiguration: Sendable, Equatable {
    /// The address and port to listen on.
    package var address = ListenAddress.unset

    init() {}
}

/// The operators' port.
package struct AdminConfiguration: Sendable, Equatable {
    /// The address and port to listen on: loopback only, unless there is a token.
    package var address = ListenAddress.unset
    /// The bearer token of operators and services. Nil: every peer of the port may read, and calls that mint, bind,
    /// block, end or give out tokens are refused.
    package var token: Secret?
    /// Names that a request's `host` may state beside the connection's local address and `localhost`. None by default.
    package var hosts: [HostName] = []

    init() {}
}

/// Where access-log lines go.
package enum AccessLogDestination: Sendable, Equatable {
    /// One line per request to standard output.
    case standardOutput
    /// No access log.
    case off
    /// Appended to this file, relative to the working directory.
    case file(String)
}

/// Which HTTP status a reply made by the gateway has (contract, section 3).
package enum StatusPolicy: String, Sendable, CaseIterable {
    /// The status of the contract's table.
    case real
    /// HTTP 200 with the code in the body, on routes with a token check.
    case always200
}
