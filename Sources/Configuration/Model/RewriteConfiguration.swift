/// How a route rewrites the path for the service. Exactly one of the three is set.
package struct RewriteConfiguration: Sendable, Equatable {
    /// A beginning that is taken away: `/api`.
    package var stripPrefix: String?
    /// A prefix and its replacement; `/` as the replacement removes the prefix.
    package var replacePrefix: [String] = []
    /// The new path, with `{name}` segments of the route's path and, at its end, `/**` for the rest.
    package var template: RoutePattern?

    init() {}
}
