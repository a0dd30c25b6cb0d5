import JSON

extension Kind where Value == Secret {
    /// `{"env": NAME}`, `{"file": PATH}` or `{"value": TEXT}`. No fault says what stands there.
    ///
    /// - Parameter isPublic: whether everybody may read it in the file, so that no warning is due.
    static func secret(minimumBytes: Int, isPublic: Bool = false) -> Kind {
        Kind(
            schema: .object([("$ref", .string("#/$defs/secret"))]),
            read: { node, place, reader in
                guard let text = SecretSource.text(node, place, &reader) else { return nil }
                guard let bytes = text.bytes(&reader, isPublic: isPublic) else { return nil }
                if bytes.count < minimumBytes {
                    reader.fault(
                        text.place,
                        minimumBytes == 1 ? "the secret is empty" : "the secret is under \(minimumBytes) bytes",
                        hint: minimumBytes == 1 ? nil : "make one with: openssl rand -base64 \(minimumBytes)"
                    )
                    return nil
                }
                return Secret(bytes)
            }
        )
    }
}

/// Where a secret is taken from. Faults name neither the variable nor the file, which their position tells: whoever
/// mixes the forms up has written the secret there.
struct SecretSource {
    enum Origin: String, CaseIterable {
        case env, file, value
    }

    static var schema: SchemaValue {
        .object([
            (
                "description",
                .string(
                    "A secret: the name of an environment variable, the path of a file (one line end at its end is "
                        + "removed), or the text itself, for development only."
                )
            ),
            ("type", .string("object")),
            (
                "properties",
                .object(
                    Origin.allCases.map {
                        ($0.rawValue, .object([("type", .string("string")), ("minLength", .integer(1))]))
                    }
                )
            ),
            ("additionalProperties", .bool(false)),
            ("minProperties", .integer(1)),
            ("maxProperties", .integer(1)),
        ])
    }

    let origin: Origin
    let text: String
    let place: Place

    static func text(_ node: JSONNode, _ place: Place, _ reader: inout ConfigurationReader) -> SecretSource? {
        let forms = "{\"env\": NAME}, {\"file\": PATH} or {\"value\": TEXT}"
        guard let members = node.members else {
            reader.wrongType(node, at: place, expected: "an object", hint: "write " + forms)
            return nil
        }
        var sources: [SecretSource] = []
        var isWellFormed = true
        for member in members {
            let names = Origin.allCases.map(\.rawValue)
            guard let origin = Origin.allCases.first(where: { $0.rawValue.utf8.elementsEqual(member.name.utf8) }) else {
                // The name is not told: it could be the secret, put in the wrong place.
                reader.fault(
                    Place(offset: member.nameOffset, pointer: place.pointer),
                    "unknown key in a secret",
                    hint: NameSuggestion.hint(for: member.name, among: names) ?? "write " + forms
                )
                isWellFormed = false
                continue
            }
            let place = place.member(member.name, offset: member.value.offset)
            guard let text = member.value.string else {
                reader.wrongType(member.value, at: place, expected: "a string")
                isWellFormed = false
                continue
            }
            sources.append(SecretSource(origin: origin, text: text, place: place))
        }
        guard isWellFormed else { return nil }
        guard let source = sources.first, sources.count == 1 else {
            reader.fault(
                place,
                sources.isEmpty ? "the secret is missing" : "a secret has one source",
                hint: "write " + forms
            )
            return nil
        }
        return source
    }

    func bytes(_ reader: inout ConfigurationReader, isPublic: Bool) -> [UInt8]? {
        switch origin {
        case .value:
            if !isPublic { reader.noteLiteralSecret(place) }
            return Array(text.utf8)
        case .env:
            guard let value = reader.environment.variable(text) else {
                reader.fault(place, "this environment variable is not set")
                return nil
            }
            return value
        case .file:
            guard var bytes = reader.contents(of: text, at: place) else { return nil }
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            return bytes
        }
    }
}
