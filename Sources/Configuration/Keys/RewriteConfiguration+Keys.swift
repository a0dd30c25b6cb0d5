import JSON

extension RewriteConfiguration: ConfigurationSection {
    static let summary = "How the path changes on its way to the service. One of these; the query stays."

    static var keys: [Key<RewriteConfiguration>] {
        [
            .key(
                "stripPrefix",
                \.stripPrefix,
                Kind<String>.fixedPath.optional,
                "The beginning of the route's path that is taken away.",
                examples: [.string("/api")]
            ),
            .key(
                "replacePrefix",
                \.replacePrefix,
                .array(of: .fixedPath(orRoot: true)),
                "The beginning of the route's path, and what stands there instead.",
                examples: [.array([.string("/api"), .string("/internal/v2")])]
            ),
            .key(
                "template",
                \.template,
                Kind<RoutePattern>.routePattern.optional,
                "The new path, with the route's own `{name}` segments; `/**` at its end is the route's own rest.",
                examples: [.string("/v2/orders/{id}")]
            ),
        ]
    }
}

extension Kind where Value == String {
    /// A fixed path, or `/` alone.
    static func fixedPath(orRoot: Bool) -> Kind {
        let fixed = Kind<String>.fixedPath
        return Kind(
            schema: .object([("type", .string("string")), ("pattern", .string("^/([^*{}]*[^*{}/])?$"))]),
            read: { node, place, reader in
                if orRoot, node.string == "/" { return "/" }
                return fixed.read(node, place, &reader)
            }
        )
    }
}
