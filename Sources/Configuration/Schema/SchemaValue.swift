import JSON

/// A JSON value for output, with members in a chosen order.
indirect enum SchemaValue: Sendable {
    case bool(Bool)
    case integer(Int)
    case string(String)
    case array([SchemaValue])
    case object([(String, SchemaValue)])

    /// With one more member, in the place of the one of that name where there is one.
    func adding(_ name: String, _ value: SchemaValue) -> SchemaValue {
        guard case .object(var members) = self else { return self }
        if let index = members.firstIndex(where: { $0.0 == name }) {
            members[index].1 = value
        } else {
            members.append((name, value))
        }
        return .object(members)
    }

    /// The schema of a section.
    static func section<Section>(summary: String, keys: [Key<Section>]) -> SchemaValue {
        var members: [(String, SchemaValue)] = [
            ("type", .string("object")), ("description", .string(summary)),
            ("properties", .object(keys.map { ($0.name, $0.schema) })),
        ]
        let required = keys.filter(\.isRequired).map { SchemaValue.string($0.name) }
        if !required.isEmpty { members.append(("required", .array(required))) }
        members.append(("additionalProperties", .bool(false)))
        return .object(members)
    }

    /// On one line.
    var inlineText: String {
        var writer = JSONWriter()
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Indented by two spaces; arrays without objects stay on one line.
    func indentedText(_ indentation: String = "") -> String {
        let deeper = indentation + "  "
        switch self {
        case .object(let members) where !members.isEmpty:
            let lines = members.map { deeper + SchemaValue.string($0).inlineText + ": " + $1.indentedText(deeper) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
        case .array(let elements) where elements.contains(where: \.isObject):
            return "[\n" + elements.map { deeper + $0.indentedText(deeper) }.joined(separator: ",\n")
                + "\n\(indentation)]"
        default:
            return inlineText
        }
    }

    private var isObject: Bool {
        if case .object = self { true } else { false }
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .bool(let flag): writer.bool(flag)
        case .integer(let number): writer.int(number)
        case .string(let text): writer.string(text)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for (name, value) in members {
                writer.name(name)
                value.write(to: &writer)
            }
            writer.endObject()
        }
    }
}
