extension RouteConfiguration: ConfigurationSection {
    static let summary = "Which requests a route takes, and what happens to them."

    static var keys: [Key<RouteConfiguration>] {
        [
            .key(
                "path",
                \.path,
                .routePattern,
                required: true,
                "Exact (`/a/b`), with parameters that take one segment (`/a/*/c`, `/a/{id}`), or with a rest (`/a/**`, "
                    + "which takes `/a` and `/a/` too).",
                examples: [.string("/api/orders/**"), .string("/api/orders/{id}"), .string("/api/profile")]
            ),
            .key(
                "methods",
                \.methods,
                .array(of: .choice(), minimum: 1, unique: \.rawValue),
                "The methods it takes; all where it is left out. GET brings HEAD with it.",
                examples: [.array([.string("GET"), .string("POST")])]
            ),
            .key(
                "host",
                \.host,
                Kind<String>.host.optional,
                "The host it is for, without a port; all where it is left out.",
                examples: [.string("api.example.com")]
            ),
            .key(
                "priority",
                \.priority,
                .integer(-1000...1000),
                "Where several routes take a request, the highest priority wins before anything else is compared."
            ),
            .key(
                "service",
                \.service,
                .name,
                required: true,
                "The service that requests go to.",
                examples: [.string("orders")]
            ),
            .key(
                "auth",
                \.auth,
                .choice(),
                "Whether a token is needed. `optional`: a valid token is used, a bad one is refused."
            ),
            .key(
                "slashes",
                \.keepSlashes,
                .flag(named: "keep"),
                "`keep` takes paths with an empty segment (`//`), which are refused where it is left out."
            ),
            .key(
                "failures",
                \.failures,
                .choice(),
                "From which status on an answer of the service is a failure and put into the envelope."
            ),
            .key("success", \.success, .choice(), "Whether a success is passed as it is or wrapped in the envelope."),
            .key(
                "bodyLimit",
                \.bodyLimit,
                Kind<BodyLimit>.bodyLimit.optional,
                "The largest body. `limits.body` where it is left out.",
                examples: [.string("50MiB"), .string("unlimited")]
            ),
            .key(
                "statuses",
                \.statuses,
                Kind<StatusPolicy>.choice().optional,
                "The HTTP statuses of replies that the gateway makes here. As the app or the whole file says where it "
                    + "is left out."
            ),
            .key("forwardToken", \.forwardToken, .boolean, "Whether the service gets the client's token too."),
            .key(
                "require",
                \.require,
                .array(of: .choice(), minimum: 1, unique: \.rawValue),
                "What has to be known of the user; 20011 says what is missing.",
                examples: [.array([.string("profile"), .string("phone")])]
            ),
            .key(
                "apps",
                \.apps,
                .array(of: .name, minimum: 1, unique: { $0 }),
                "The apps whose users it serves, others get 20012; all where it is left out.",
                examples: [.array([.string("wx4f4bc4dec97d474b")])]
            ),
            .key(
                "inPlaceLogin",
                \.inPlaceLogin,
                .boolean,
                "Whether a fresh code in x-wx-code logs in on the same request where the token is missing or not valid."
            ),
            .key(
                "queryCredentials",
                \.queryCredentials,
                .boolean,
                "Whether `token`, or `code` with `appid`, are also taken from the query, as WeChat's data pre-fetch sends "
                    + "them. Token and code are taken out before the request goes on."
            ),
            .key(
                "clientKey",
                \.clientKey,
                Kind<String>.name.optional,
                "The client key that it demands, by its name in `clientKeys`; none where it is left out.",
                examples: [.string("partners")]
            ),
            .key(
                "forwardPhone",
                \.forwardPhone,
                .boolean,
                "Whether the service gets the user's phone number, in x-user-phone."
            ),
            .key(
                "rateLimit",
                \.rateLimits,
                .oneOrSeveral(of: .section()),
                "How often the route may be asked; over it 429. One limit or several, which all hold.",
                examples: [.object([("by", .string("user")), ("rate", .string("10/s")), ("burst", .integer(20))])]
            ),
            .key(
                "methodOverride",
                \.methodOverride,
                .boolean,
                "Whether `x-http-method-override` on POST says the real method: PATCH, PUT or DELETE. For clients that "
                    + "cannot send those."
            ),
            .key(
                "rewrite",
                \.rewrite,
                Kind<RewriteConfiguration>.section().optional,
                "How the path changes on its way to the service. As it came where it is left out."
            ),
            .key(
                "requestHeaders",
                \.requestHeaders,
                .headerRules(.request),
                "What becomes of the header fields of requests, after what the service's own rules say."
            ),
            .key(
                "responseHeaders",
                \.responseHeaders,
                .headerRules(.response),
                "What becomes of the header fields of the service's answers, after what the service's own rules say."
            ),
            .key(
                "cors",
                \.cors,
                Kind<CrossOriginConfiguration>.section().optional,
                "Which pages of other origins may use the route in a browser. Where it is left out the service decides."
            ),
            .key(
                "upgrade",
                \.upgrade,
                Kind<UpgradeConfiguration>.section().optional,
                "Which protocols requests may change to on their connection, such as WebSocket. None where it is left out."
            ),
            .key("timeouts", \.timeouts, .section(), "Time-outs in place of the service's."),
        ]
    }
}
