import JSON

extension ValueDecoder where Value == Secret {
    /// `{"env": NAME}`, `{"file": PATH}` or `{"value": TEXT}`. Faults never quote the value.
    ///
    /// - Parameter isPublic: whether the value may be in the file without a warning.
    static func secret(minimumBytes: Int, isPublic: Bool = false) -> ValueDecoder {
        ValueDecoder(
            schema: .object([("$ref", .string("#/$defs/secret"))]),
            read: { node, location, reader in
                guard let text = SecretSource.text(node, location, &reader) else { return nil }
                guard let bytes = text.bytes(&reader, isPublic: isPublic) else { return nil }
                if bytes.count < minimumBytes {
                    reader.fault(
                        text.location,
                        minimumBytes == 1 ? "the secret is empty" : "the secret is shorter than \(minimumBytes) bytes",
                        hint: minimumBytes == 1 ? nil : "generate one with: openssl rand -base64 \(minimumBytes)"
                    )
                    return nil
                }
                return Secret(bytes)
            }
        )
    }
}

/// The source of a secret. Faults name neither the variable nor the file, since their location tells: a user who mixes
/// up the forms has written the secret there.
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
    let location: Location

    static func text(_ node: JSONNode, _ location: Location, _ reader: inout ConfigurationReader) -> SecretSource? {
        let forms = "{\"env\": NAME}, {\"file\": PATH} or {\"value\": TEXT}"
        guard let members = node.members else {
            reader.wrongType(node, at: location, expected: "an object", hint: "write " + forms)
            return nil
        }
        var sources: [SecretSource] = []
        var isWellFormed = true
        for member in members {
            let names = Origin.allCases.map(\.rawValue)
            guard let origin = Origin.allCases.first(where: { $0.rawValue.utf8.elementsEqual(member.name.utf8) }) else {
                // The name is not quoted: it could be the secret, in the wrong position.
                reader.fault(
                    Location(offset: member.nameOffset, pointer: location.pointer),
                    "unknown key in a secret",
                    hint: NameSuggestion.hint(for: member.name, among: names) ?? "write " + forms
                )
                isWellFormed = false
                continue
            }
            let location = location.member(member.name, offset: member.value.offset)
            guard let text = member.value.string else {
                reader.wrongType(member.value, at: location, expected: "a string")
                isWellFormed = false
                continue
            }
            sources.append(SecretSource(origin: origin, text: text, location: location))
        }
        guard isWellFormed else { return nil }
        guard let source = sources.first, sources.count == 1 else {
            reader.fault(
                sources.dropFirst().first?.location ?? location,
                sources.isEmpty ? "the secret is missing" : "a secret must have exactly one source",
                hint: "write " + forms
            )
            return nil
        }
        return source
    }

    /// Upper-case letters and underscores, and digits where there is an underscore too: keys in Base32 or hexadecimal
    /// have none.
    private static func isVariableName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F || $0.isASCIIDigit }
            && text.utf8.first?.isASCIIDigit == false
            && (text.utf8.contains(0x5F) || !text.utf8.contains(where: \.isASCIIDigit))
    }

    func bytes(_ reader: inout ConfigurationReader, isPublic: Bool) -> [UInt8]? {
        switch origin {
        case .value:
            if !isPublic { reader.noteLiteralSecret(location) }
            return Array(text.utf8)
        case .env:
            guard let value = reader.environment.variable(text) else {
                // A text that looks like a name is quoted; a secret that was written in its place hardly does.
                let name = SecretSource.isVariableName(text) ? "the environment variable \"\(text)\"" : nil
                reader.fault(
                    location,
                    "\(name ?? "this environment variable") is not set",
                    hint: name == nil
                        ? "{\"env\": NAME} has the name of a variable, not the secret itself"
                        : "export it before the start, or write {\"file\": PATH}"
                )
                return nil
            }
            return value
        case .file:
            guard var bytes = reader.contents(of: text, at: location) else { return nil }
            if !isPublic, case .file(let permissions) = reader.environment.kind(text), permissions & 0o006 != 0 {
                reader.warning(
                    location,
                    "every user of this machine may \(permissions & 0o004 == 0 ? "write" : "read") this file",
                    hint: "chmod o-rw FILE"
                )
            }
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            return bytes
        }
    }
}
