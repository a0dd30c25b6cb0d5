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
    /// The largest body; nil: as `limits.body` says.
    package var bodyLimit: BodyLimit?
    /// The statuses of replies made by the gateway; nil: as the app or the whole file says.
    package var statuses: StatusPolicy?
    /// Whether the service gets the client's token too.
    package var forwardToken = false
    /// What has to be known of a user.
    package var require: [UserRequirement] = []
    /// The apps whose users it serves; none named: all.
    package var apps: [String] = []
    /// Whether a fresh code in `x-wx-code` logs in on the same request.
    package var inPlaceLogin = true
    /// Whether token and code are also taken from the query, as WeChat's data pre-fetch sends them.
    package var queryCredentials = false
    /// The name of the client key that it demands; nil: none.
    package var clientKey: String?
    /// Whether the service gets the user's phone number.
    package var forwardPhone = false
    /// How often it may be asked. All of them hold.
    package var rateLimits: [RateLimitConfiguration] = []
    /// Whether `x-http-method-override` on POST says the real method.
    package var methodOverride = false
    /// How the path changes on its way to the service; nil: not at all.
    package var rewrite: RewriteConfiguration?
    /// What becomes of the fields of a request, on top of what the service says.
    package var requestHeaders = HeaderRulesConfiguration()
    /// What becomes of the fields of the service's answer, on top of what the service says.
    package var responseHeaders = HeaderRulesConfiguration()
    /// Which pages of other origins may use it; nil: the service says so itself.
    package var cors: CrossOriginConfiguration?
    /// Which protocols its requests may change to; nil: none, and `upgrade` is not looked at.
    package var upgrade: UpgradeConfiguration?
    /// Time-outs in place of the service's.
    package var timeouts = RouteTimeoutsConfiguration()

    init() {}
}

/// What a route may require to be known of a user.
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
    /// Tokens are not looked at.
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
