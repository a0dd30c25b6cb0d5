import JSON

/// A type of value: how it is read, how the schema describes it, and how a default is written.
struct ValueDecoder<Value> {
    let schema: SchemaValue
    /// The value, or nil after a fault was reported.
    let read: (JSONNode, Location, inout ConfigurationReader) -> Value?
    /// A value as the file would write it; nil if it cannot be shown.
    let render: (Value) -> SchemaValue?

    init(
        schema: SchemaValue,
        read: @escaping (JSONNode, Location, inout ConfigurationReader) -> Value?,
        render: @escaping (Value) -> SchemaValue? = { _ in nil }
    ) {
        self.schema = schema
        self.read = read
        self.render = render
    }

    /// The decoder for an optional property.
    var optional: ValueDecoder<Value?> {
        ValueDecoder<Value?>(
            schema: schema,
            read: { read($0, $1, &$2).map { .some($0) } },
            render: { $0.flatMap(render) }
        )
    }
}

/// What is wrong with a text, and a correction.
struct TextFault: Error {
    let message: String
    var hint: String?
}

extension ValueDecoder {
    /// A string that is parsed. Faults of `parse` are reported at the string.
    static func text(
        _ schema: [(String, SchemaValue)],
        expected: String = "a string",
        parse: @escaping (String) throws(TextFault) -> Value,
        render: @escaping (Value) -> SchemaValue? = { _ in nil }
    ) -> ValueDecoder {
        ValueDecoder(
            schema: .object([("type", .string("string"))] + schema),
            read: { node, location, reader in
                guard let text = node.string else {
                    reader.wrongType(node, at: location, expected: expected)
                    return nil
                }
                do throws(TextFault) {
                    return try parse(text)
                } catch {
                    reader.fault(location, error.message, hint: error.hint)
                    return nil
                }
            },
            render: render
        )
    }

    /// One of the raw values of an enumeration.
    static func choice() -> ValueDecoder
    where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        let listed = names.map { "\"\($0)\"" }.joined(separator: ", ")
        return ValueDecoder(
            schema: .object([("type", .string("string")), ("enum", .array(names.map { .string($0) }))]),
            read: { node, location, reader in
                guard let text = node.string else {
                    reader.wrongType(node, at: location, expected: "one of \(listed)")
                    return nil
                }
                if let value = Value(rawValue: text), value.rawValue.utf8.elementsEqual(text.utf8) { return value }
                reader.fault(
                    location,
                    "\(Printable.quoted(text)) is not one of \(listed)",
                    hint: NameSuggestion.hint(for: text, among: names)
                )
                return nil
            },
            render: { .string($0.rawValue) }
        )
    }

    /// A section, which is read even where parts of it are wrong.
    static func section() -> ValueDecoder where Value: ConfigurationSection {
        let keys = Value.keys
        return ValueDecoder(
            schema: .section(summary: Value.summary, keys: keys),
            read: { node, location, reader in reader.section(node, at: location, keys: keys) }
        )
    }

    /// An array. An invalid element is dropped, except for sections, whose locations are found by index.
    static func array<Element>(
        of element: ValueDecoder<Element>,
        minimum: Int = 0,
        maximum: Int? = nil,
        unique: ((Element) -> String)? = nil
    ) -> ValueDecoder where Value == [Element] {
        var schema: [(String, SchemaValue)] = [("type", .string("array")), ("items", element.schema)]
        if minimum > 0 { schema.append(("minItems", .integer(minimum))) }
        if let maximum { schema.append(("maxItems", .integer(maximum))) }
        if unique != nil { schema.append(("uniqueItems", .bool(true))) }
        return ValueDecoder(
            schema: .object(schema),
            read: { node, location, reader in
                guard let elements = node.elements else {
                    let isSingle = node.members == nil && !node.isNull
                    let isObject = node.members != nil
                    reader.wrongType(
                        node,
                        at: location,
                        expected: "an array",
                        hint: isSingle ? "write [ ] around it" : isObject ? "write a list: [ …, … ]" : nil
                    )
                    return nil
                }
                if elements.count < minimum {
                    reader.fault(location, "at least \(minimum) required")
                }
                if let maximum, elements.count > maximum {
                    reader.fault(location, "at most \(maximum) allowed")
                }
                var values: [Element] = []
                var seen: Set<String> = []
                for (index, node) in elements.enumerated() {
                    let location = location.element(index, offset: node.offset)
                    guard let value = element.read(node, location, &reader) else { continue }
                    values.append(value)
                    if let name = unique?(value), !seen.insert(name).inserted {
                        reader.fault(location, "\(Printable.quoted(name)) is listed twice")
                    }
                }
                return values
            },
            render: { values in
                let rendered = values.compactMap(element.render)
                return rendered.isEmpty ? nil : .array(rendered)
            }
        )
    }

    /// An object with names of the operator's choice, of letters, digits, `.`, `_` and `-`.
    static func map<Element>(of element: ValueDecoder<Element>) -> ValueDecoder where Value == [String: Element] {
        ValueDecoder(
            schema: .object([
                ("type", .string("object")),
                ("propertyNames", .object([("pattern", .string(Name.schemaPattern))])),
                ("additionalProperties", element.schema),
            ]),
            read: { node, location, reader in
                guard let members = node.members else {
                    let hint = node.elements == nil ? nil : "write { \"NAME\": …, … }"
                    reader.wrongType(node, at: location, expected: "an object", hint: hint)
                    return nil
                }
                var values: [String: Element] = [:]
                for member in members {
                    if !Name.isValid(member.name) {
                        reader.fault(location.member(member.name, offset: member.nameOffset), Name.rule)
                        continue
                    }
                    let location = location.member(member.name, offset: member.value.offset)
                    values[member.name] = element.read(member.value, location, &reader)
                }
                return values
            }
        )
    }
}
