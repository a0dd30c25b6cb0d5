extension GatewayConfiguration {
    /// The JSON Schema (draft 2020-12) of `routes.json`, made of the same tables of keys that the file is read with.
    ///
    /// What a schema cannot say (names that have to resolve, routes that tie, paths that are reserved) is found by
    /// `load` alone.
    package static func schema() -> String {
        let root = SchemaValue.section(summary: summary, keys: keys)
        guard case .object(let members) = root else { return "" }
        let schema = SchemaValue.object(
            [
                ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                ("title", .string("routes.json of Menshen")),
            ] + members + [("$defs", .object([("secret", SecretSource.schema)]))]
        )
        return schema.indentedText() + "\n"
    }
}
