import JSON

/// An object of `routes.json`: its table of keys drives the reading and the schema alike.
protocol ConfigurationSection: Sendable {
    /// With the default of every key that has one.
    init()

    /// The description of the object, for the schema.
    static var summary: String { get }

    /// All keys there are, in the order of the documentation.
    static var keys: [Key<Self>] { get }
}

/// One key of an object.
struct Key<Section> {
    let name: String
    let isRequired: Bool
    /// The schema of the key, with default and examples.
    let schema: SchemaValue
    /// A hint that shows a value; nil where no example is given.
    let exampleHint: String?
    /// Puts the value into the section, or reports why not.
    let read: (JSONNode, Location, inout ConfigurationReader, inout Section) -> Void
}

extension Key where Section: ConfigurationSection {
    /// A key whose value goes into a property. Its default is the property's value in a new section.
    static func key<Value>(
        _ name: String,
        _ property: WritableKeyPath<Section, Value>,
        _ decoder: ValueDecoder<Value>,
        required: Bool = false,
        _ summary: String,
        defaultText: String? = nil,
        examples: [SchemaValue] = []
    ) -> Key {
        var schema = decoder.schema.adding("description", .string(summary))
        if !required, let value = decoder.render(Section()[keyPath: property]) {
            schema = schema.adding("default", value)
        }
        if !examples.isEmpty { schema = schema.adding("examples", .array(examples)) }
        return Key(
            name: name,
            isRequired: required,
            schema: schema,
            exampleHint: examples.first.map { "for example \($0.inlineText)" }
        ) { node, location, reader, section in
            if let value = decoder.read(node, location, &reader) { section[keyPath: property] = value }
        }
    }

    /// A key that is read over.
    static func ignored(_ name: String, _ summary: String) -> Key {
        Key(
            name: name,
            isRequired: false,
            schema: .object([("type", .string("string")), ("description", .string(summary))]),
            exampleHint: nil
        ) { node, location, reader, _ in
            if node.string == nil { reader.wrongType(node, at: location, expected: "a string") }
        }
    }
}
