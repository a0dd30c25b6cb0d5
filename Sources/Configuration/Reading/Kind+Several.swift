import JSON

extension Kind {
    /// One element, or an array of them.
    static func oneOrSeveral<Element>(of element: Kind<Element>) -> Kind where Value == [Element] {
        let several = Kind<[Element]>.array(of: element, minimum: 1)
        return Kind(
            schema: .object([("anyOf", .array([element.schema, several.schema]))]),
            read: { node, place, reader in
                if node.elements != nil { return several.read(node, place, &reader) }
                return element.read(node, place, &reader).map { [$0] }
            }
        )
    }
}
