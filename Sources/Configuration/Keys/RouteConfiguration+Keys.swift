extension RouteConfiguration: ConfigurationSection {
    static let summary = "A route: which requests match, and what the gateway does with them."

    static var keys: [Key<RouteConfiguration>] {
        [
            .key(
                "path",
                \.path,
                .routePattern,
                required: true,
                "Exact (`/a/b`), with parameters that match one segment (`/a/*/c`, `/a/{id}`), or with a rest "
                    + "(`/a/**`, which matches `/a` and `/a/` too).",
                examples: [.string("/api/orders/**"), .string("/api/orders/{id}"), .string("/api/profile")]
            ),
            .key(
                "methods",
                \.methods,
                .array(of: .choice(), minimum: 1, unique: \.rawValue),
                "The methods that the route matches. GET includes HEAD. If omitted, all methods.",
                examples: [.array([.string("GET"), .string("POST")])]
            ),
            .key(
                "host",
                \.host,
                ValueDecoder<String>.host.optional,
                "The host that the route matches, without a port. If omitted, all hosts.",
                examples: [.string("api.example.com")]
            ),
            .key(
                "priority",
                \.priority,
                .integer(-1000...1000),
                "The precedence of the route. If several routes match a request, the highest priority wins before "
                    + "anything else is compared."
            ),
            .key(
                "service",
                \.service,
                .name,
                required: true,
                "The service that gets the requests.",
                examples: [.string("orders")]
            ),
            .key(
                "auth",
                \.auth,
                .choice(),
                "Whether a token is required. `optional`: a valid token is used, an invalid token is refused."
            ),
            .key(
                "slashes",
                \.keepSlashes,
                .flag(named: "keep"),
                "`keep` accepts paths with an empty segment (`//`). If omitted, such paths are refused."
            ),
            .key(
                "failures",
                \.failures,
                .choice(),
                "Which statuses of the service are failures. The gateway puts a failure into the envelope."
            ),
            .key(
                "success",
                \.success,
                .choice(),
                "Whether a successful response passes unchanged or is wrapped in the envelope."
            ),
            .key(
                "bodyLimit",
                \.bodyLimit,
                ValueDecoder<BodyLimit>.bodyLimit.optional,
                "The maximum size of a request body. If omitted, `limits.body`.",
                examples: [.string("50MiB"), .string("unlimited")]
            ),
            .key(
                "statuses",
                \.statuses,
                ValueDecoder<StatusPolicy>.choice().optional,
                "The HTTP statuses of local replies on this route. If omitted, the `statuses` of the app, then the "
                    + "top-level `statuses`."
            ),
            .key("forwardToken", \.forwardToken, .boolean, "Whether the service gets the client's token."),
            .key(
                "require",
                \.require,
                .array(of: .choice(), minimum: 1, unique: \.rawValue),
                "The user data that must be known. Code 20011 names the missing data.",
                examples: [.array([.string("profile"), .string("phone")])]
            ),
            .key(
                "apps",
                \.apps,
                .array(of: .name, minimum: 1, unique: { $0 }),
                "The apps whose users may use the route. Users of other apps get code 20012. If omitted, all apps.",
                examples: [.array([.string("wx4f4bc4dec97d474b")])]
            ),
            .key(
                "inPlaceLogin",
                \.inPlaceLogin,
                .boolean,
                "Whether a fresh code in x-wx-code logs the user in within the request if the token is missing or not "
                    + "valid."
            ),
            .key(
                "queryCredentials",
                \.queryCredentials,
                .boolean,
                "Whether the gateway also accepts `token`, or `code` with `appid`, in the query, as WeChat's data "
                    + "pre-fetch sends them. The gateway removes token and code before it forwards the request."
            ),
            .key(
                "clientKey",
                \.clientKey,
                ValueDecoder<String>.name.optional,
                "The client key that the route requires, by its name in `clientKeys`. If omitted, none.",
                examples: [.string("partners")]
            ),
            .key(
                "forwardPhone",
                \.forwardPhone,
                .boolean,
                "Whether the service gets the user's phone number in x-user-phone."
            ),
            .key(
                "rateLimit",
                \.rateLimits,
                .oneOrSeveral(of: .section()),
                "One rate limit, or several that all apply. Beyond a limit: 429.",
                examples: [.object([("by", .string("user")), ("rate", .string("10/s")), ("burst", .integer(20))])]
            ),
            .key(
                "methodOverride",
                \.methodOverride,
                .boolean,
                "Whether `x-http-method-override` on POST gives the real method: PATCH, PUT or DELETE. For clients "
                    + "that cannot send these methods."
            ),
            .key(
                "rewrite",
                \.rewrite,
                ValueDecoder<RewriteConfiguration>.section().optional,
                "How the gateway rewrites the path for the service. If omitted, the path stays."
            ),
            .key(
                "requestHeaders",
                \.requestHeaders,
                .headerRules(.request),
                "Changes to the header fields of requests, applied after the service's own rules."
            ),
            .key(
                "responseHeaders",
                \.responseHeaders,
                .headerRules(.response),
                "Changes to the header fields of the service's responses, applied after the service's own rules."
            ),
            .key(
                "cors",
                \.cors,
                ValueDecoder<CrossOriginConfiguration>.section().optional,
                "Which web pages of other origins may use the route in a browser (CORS). If omitted, the service "
                    + "decides."
            ),
            .key(
                "upgrade",
                \.upgrade,
                ValueDecoder<UpgradeConfiguration>.section().optional,
                "The protocols that a request may switch its connection to, such as WebSocket. If omitted, none."
            ),
            .key("timeouts", \.timeouts, .section(), "Time-outs that replace the service's."),
        ]
    }
}
