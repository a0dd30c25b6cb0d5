/// How a route changes the path on its way to the service. One of the three is set.
package struct RewriteConfiguration: Sendable, Equatable {
    /// A beginning that is taken away: `/api`.
    package var stripPrefix: String?
    /// A beginning, and what stands there instead; `/` as the second takes it away.
    package var replacePrefix: [String] = []
    /// The new path, with `{name}` segments of the route's own and, at its end, `/**` for the route's rest.
    package var template: RoutePattern?

    init() {}
}
