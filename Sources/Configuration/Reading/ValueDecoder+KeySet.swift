import JSON

extension ValueDecoder where Value == String {
    /// `https://login.example.com/jwks.json`; `http` only for loopback, since the server determines the keys.
    static var keySetURL: ValueDecoder {
        .text(
            [("pattern", .string("^[Hh][Tt][Tt][Pp][Ss]?://[!-~]+$"))],
            expected: "a string such as \"https://login.example.com/jwks.json\"",
            parse: { text throws(TextFault) in
                // The text is not quoted: its query could contain a password.
                let example = "write \"https://host/path\""
                guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    throw TextFault(message: "the URL must be printable ASCII", hint: example)
                }
                guard let scheme = ["https", "http"].first(where: { text.lowercased().hasPrefix($0 + "://") }) else {
                    throw TextFault(message: "the URL must begin with https://", hint: example)
                }
                let rest = text.utf8.dropFirst(scheme.utf8.count + 3)
                let authority = rest.prefix { !"/?#".utf8.contains($0) }
                if authority.contains(UInt8(ascii: "@")) {
                    throw TextFault(message: "the URL must not contain a user name or password", hint: example)
                }
                if rest.contains(UInt8(ascii: "#")) || rest.contains(UInt8(ascii: "\\")) {
                    throw TextFault(message: "the URL must not contain a fragment or a backslash", hint: example)
                }
                guard let (host, port) = NetworkName.split(String(Substring(authority))), port != 0 else {
                    throw NetworkName.slip(in: String(Substring(authority)))
                        ?? TextFault(message: "the URL has no valid host and port", hint: example)
                }
                if scheme == "http", !NetworkName.isLoopback(host) {
                    throw TextFault(
                        message: "over http, an attacker on the network could replace the keys",
                        hint: "use \"https://…\"; http is allowed for loopback hosts only"
                    )
                }
                return text
            },
            render: { .string($0) }
        )
    }
}

extension ValueDecoder where Value == KeySetFile {
    /// The path of a JWK Set, which is read and must contain a usable key.
    static var keySetFile: ValueDecoder {
        ValueDecoder(
            schema: .object([("type", .string("string")), ("minLength", .integer(1))]),
            read: { node, location, reader in
                guard let path = node.string else {
                    reader.wrongType(node, at: location, expected: "a file path")
                    return nil
                }
                guard let bytes = reader.contents(of: path, at: location) else { return nil }
                do throws(JSONWebKeySetFault) {
                    let set = try JSONWebKeySet(bytes)
                    if set.keys.isEmpty {
                        reader.fault(
                            location,
                            "no key in this file is for ES256, EdDSA or RS256 signatures and has a kid"
                        )
                        return nil
                    }
                } catch {
                    reader.fault(location, "this file cannot be used: \(error.explanation)")
                    return nil
                }
                return KeySetFile(path: path, bytes: bytes)
            },
            render: { .string($0.path) }
        )
    }
}
