/// One route: which requests it takes, and what happens to them.
package struct RouteConfiguration: Sendable, Equatable {
    /// The paths it takes.
    package var path = RoutePattern.unset
    /// The methods it takes; none named: all. `GET` brings `HEAD` with it.
    package var methods: [RouteMethod] = []
    /// The host it is for, in lower case, without a port; nil: all.
    package var host: String?
    /// Comes before every other rule of precedence: the higher wins.
    package var priority = 0
    /// The name of the service that requests go to.
    package var service = ""
    /// Whether a token is needed.
    package var auth = RouteAuthentication.required
    /// Whether paths with an empty segment (`//`) are taken. They are refused otherwise.
    package var keepSlashes = false
    /// Which of the service's statuses count as failures.
    package var failures = FailurePolicy.clientAndServerErrors
    /// Whether a success is wrapped in the envelope.
    package var success = SuccessPolicy.pass
    /// The maximum body size; nil: `limits.body`.
    package var bodyLimit: BodyLimit?
    /// The statuses of local replies; nil: as configured for the app or the whole file.
    package var statuses: StatusPolicy?
    /// Whether the service gets the client's token too.
    package var forwardToken = false
    /// The facts that must be known about the user.
    package var require: [UserRequirement] = []
    /// The apps whose users it serves; none named: all.
    package var apps: [String] = []
    /// Whether a fresh code in `x-wx-code` logs the user in during the request.
    package var inPlaceLogin = true
    /// Whether token and code are also taken from the query, as WeChat's data pre-fetch sends them.
    package var queryCredentials = false
    /// The name of the required client key; nil: none.
    package var clientKey: String?
    /// Whether the service gets the user's phone number.
    package var forwardPhone = false
    /// The rate limits; all of them apply.
    package var rateLimits: [RateLimitConfiguration] = []
    /// Whether `x-http-method-override` on POST sets the method.
    package var methodOverride = false
    /// How the path is rewritten for the service; nil: unchanged.
    package var rewrite: RewriteConfiguration?
    /// Rules for request fields, in addition to those of the service.
    package var requestHeaders = HeaderRulesConfiguration()
    /// Rules for response fields, in addition to those of the service.
    package var responseHeaders = HeaderRulesConfiguration()
    /// The web pages of other origins that may use the route; nil: the service handles CORS itself.
    package var cors: CrossOriginConfiguration?
    /// The protocols that requests may upgrade to; nil: none, and `upgrade` is ignored.
    package var upgrade: UpgradeConfiguration?
    /// Time-outs in place of the service's.
    package var timeouts = RouteTimeoutsConfiguration()

    init() {}
}

/// A fact about the user that a route may require.
package enum UserRequirement: String, Sendable, CaseIterable {
    /// A nickname.
    case profile
    /// A phone number.
    case phone
}

/// Whether a route needs a token.
package enum RouteAuthentication: String, Sendable, CaseIterable {
    /// A valid token is needed.
    case required
    /// A valid token is used, none is fine, a bad one is refused.
    case optional
    /// Tokens are ignored.
    case none
}

/// Which of a service's statuses count as failures.
package enum FailurePolicy: String, Sendable, CaseIterable {
    /// 400 and above.
    case clientAndServerErrors = "4xx"
    /// 500 and above.
    case serverErrors = "5xx"
    /// None, but for 401 and 407, of which the service's `serviceUnauthorized` decides.
    case none
}

/// What becomes of a success.
package enum SuccessPolicy: String, Sendable, CaseIterable {
    /// Passed through as it is.
    case pass
    /// Wrapped as `{"code":10000,"msg":"Success!","data":…}`.
    case wrap
}

/// A method that a route may name. A route that names none takes any method at all.
package enum RouteMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
}
