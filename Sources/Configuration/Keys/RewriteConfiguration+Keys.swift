import JSON

extension RewriteConfiguration: ConfigurationSection {
    static let summary = "How the gateway rewrites the path for the service. Set exactly one key. The query stays."

    static var keys: [Key<RewriteConfiguration>] {
        [
            .key(
                "stripPrefix",
                \.stripPrefix,
                ValueDecoder<String>.fixedPath.optional,
                "The prefix of the route's path to remove.",
                examples: [.string("/api")]
            ),
            .key(
                "replacePrefix",
                \.replacePrefix,
                .array(of: .fixedPath(orRoot: true)),
                "The prefix of the route's path, and its replacement.",
                examples: [.array([.string("/api"), .string("/internal/v2")])]
            ),
            .key(
                "template",
                \.template,
                ValueDecoder<RoutePattern>.routePattern.optional,
                "The new path, with `{name}` segments of the route. `/**` at the end stands for the rest that the "
                    + "route matched.",
                examples: [.string("/v2/orders/{id}")]
            ),
        ]
    }
}

extension ValueDecoder where Value == String {
    /// A fixed path, or `/` alone.
    static func fixedPath(orRoot: Bool) -> ValueDecoder {
        let fixed = ValueDecoder<String>.fixedPath
        return ValueDecoder(
            schema: .object([("type", .string("string")), ("pattern", .string("^/([^*{}]*[^*{}/])?$"))]),
            read: { node, location, reader in
                if orRoot, node.string == "/" { return "/" }
                return fixed.read(node, location, &reader)
            }
        )
    }
}
