import JSON

extension ValueDecoder {
    /// One element, or an array of them.
    static func oneOrSeveral<Element>(of element: ValueDecoder<Element>) -> ValueDecoder where Value == [Element] {
        let several = ValueDecoder<[Element]>.array(of: element, minimum: 1)
        return ValueDecoder(
            schema: .object([("anyOf", .array([element.schema, several.schema]))]),
            read: { node, location, reader in
                if node.elements != nil { return several.read(node, location, &reader) }
                return element.read(node, location, &reader).map { [$0] }
            }
        )
    }
}
