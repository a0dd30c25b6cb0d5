extension GatewayConfiguration {
    /// The JSON Schema (draft 2020-12) of `routes.json`, generated from the same tables of keys that read the file.
    ///
    /// Rules that a schema cannot express (names that must resolve, conflicting routes, reserved paths) are checked by
    /// `load` only.
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
