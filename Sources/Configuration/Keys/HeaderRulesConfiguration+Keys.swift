import JSON

/// Which way a message goes whose fields are changed.
enum HeaderDirection: Sendable {
    case request, response
}

extension ValueDecoder where Value == HeaderRulesConfiguration {
    /// Rules for the header fields of requests to a service, or of its responses.
    static func headerRules(_ direction: HeaderDirection) -> ValueDecoder {
        let values = ValueDecoder<[HeaderRule]>.headerValues(direction)
        let names = ValueDecoder<[HeaderName]>.array(of: .headerName(direction), unique: \.text)
        let example: SchemaValue =
            direction == .request
            ? .object([("authorization", .string("Bearer ${secret:ordersKey}")), ("x-tenant", .string("main"))])
            : .object([("strict-transport-security", .string("max-age=31536000"))])
        let members: [(String, SchemaValue)] = [
            (
                "set",
                values.schema
                    .adding("description", .string("Header fields to set. Each replaces all fields of the same name."))
                    .adding("examples", .array([example]))
            ),
            ("add", values.schema.adding("description", .string("Field lines to add to those already present."))),
            ("remove", names.schema.adding("description", .string("Names of the header fields to remove."))),
        ]
        let summary =
            direction == .request
            ? "Changes to the header fields of requests to the service."
            : "Changes to the header fields of the service's responses."
        return ValueDecoder(
            schema: .object([
                ("type", .string("object")), ("description", .string(summary)), ("properties", .object(members)),
                ("additionalProperties", .bool(false)),
            ]),
            read: { node, location, reader in
                guard let found = node.members else {
                    reader.wrongType(node, at: location, expected: "an object")
                    return nil
                }
                var rules = HeaderRulesConfiguration()
                for member in found {
                    let here = location.member(member.name, offset: member.value.offset)
                    switch member.name {
                    case "set": rules.set = values.read(member.value, here, &reader) ?? []
                    case "add": rules.add = values.read(member.value, here, &reader) ?? []
                    case "remove": rules.remove = names.read(member.value, here, &reader) ?? []
                    default:
                        reader.fault(
                            location.member(member.name, offset: member.nameOffset),
                            "unknown key",
                            hint: NameSuggestion.hint(for: member.name, among: members.map(\.0))
                                ?? "known keys: set, add, remove"
                        )
                    }
                }
                return rules
            }
        )
    }
}

extension ValueDecoder where Value == HeaderName {
    static func headerName(_ direction: HeaderDirection) -> ValueDecoder {
        .text(
            [("pattern", .string(HeaderNameText.schemaPattern))],
            parse: { text throws(TextFault) in try HeaderNameText.parse(text, direction) }
        )
    }
}

extension ValueDecoder where Value == [HeaderRule] {
    /// An object of fields and their values.
    static func headerValues(_ direction: HeaderDirection) -> ValueDecoder {
        let value = ValueDecoder<HeaderValue>.headerValue(direction)
        return ValueDecoder(
            schema: .object([
                ("type", .string("object")),
                ("propertyNames", .object([("pattern", .string(HeaderNameText.schemaPattern))])),
                ("additionalProperties", value.schema),
            ]),
            read: { node, location, reader in
                guard let members = node.members else {
                    reader.wrongType(node, at: location, expected: "an object")
                    return nil
                }
                var rules: [HeaderRule] = []
                var seen: Set<String> = []
                for member in members {
                    let name: HeaderName
                    do throws(TextFault) {
                        name = try HeaderNameText.parse(member.name, direction)
                    } catch {
                        reader.fault(
                            location.member(member.name, offset: member.nameOffset),
                            error.message,
                            hint: error.hint
                        )
                        continue
                    }
                    if !seen.insert(name.text).inserted {
                        reader.fault(
                            location.member(member.name, offset: member.nameOffset),
                            "\"\(name.text)\" is listed twice"
                        )
                    }
                    let here = location.member(member.name, offset: member.value.offset)
                    if let value = value.read(member.value, here, &reader) {
                        rules.append(HeaderRule(name: name, value: value))
                    }
                }
                return rules
            }
        )
    }
}

extension ValueDecoder where Value == HeaderValue {
    static func headerValue(_ direction: HeaderDirection) -> ValueDecoder {
        .text(
            [("pattern", .string("^([!-~]([ -~]*[!-~])?)?$"))],
            parse: { text throws(TextFault) in try HeaderValueText.parse(text, direction) }
        )
    }
}
