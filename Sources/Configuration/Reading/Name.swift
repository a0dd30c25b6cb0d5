/// Names that operators choose: services, keys, apps. They appear in logs, header fields and tokens, so they consist of
/// letters, digits and a few marks.
enum Name {
    static let schemaPattern = "^[A-Za-z0-9._:-]{1,64}$"
    static let rule = "a name consists of 1 to 64 letters, digits, \".\", \"_\", \":\" and \"-\""

    static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte.isASCIILetter || byte.isASCIIDigit || ".:_-".utf8.contains(byte)
            }
    }
}

extension ValueDecoder where Value == String {
    /// A name after the rule of `Name`.
    static var name: ValueDecoder {
        .text(
            [("pattern", .string(Name.schemaPattern))],
            parse: { text throws(TextFault) in
                guard Name.isValid(text) else {
                    throw TextFault(message: "\(Printable.quoted(text)) is not a valid name", hint: Name.rule)
                }
                return text
            }
        )
    }

    /// The name of a request header field (RFC 9110, section 5.1), in lower case.
    ///
    /// - Parameter allowed: names that are accepted in spite of their prefix.
    static func headerName(
        refusing refused: Set<String>,
        prefixes: [String],
        allowing allowed: Set<String> = [],
        example: String
    ) -> ValueDecoder {
        .text(
            [("pattern", .string("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$"))],
            parse: { text throws(TextFault) in
                // Longer names are not distinguished when requests are parsed.
                let isToken =
                    (1...32).contains(text.utf8.count)
                    && text.utf8.allSatisfy { byte in
                        byte.isASCIILetter || byte.isASCIIDigit || "!#$%&'*+-.^_`|~".utf8.contains(byte)
                    }
                guard isToken else {
                    throw TextFault(message: "\(Printable.quoted(text)) is not a header field name of at most 32 bytes")
                }
                let name = text.lowercased()
                let hasRefusedPrefix = !allowed.contains(name) && prefixes.contains { name.hasPrefix($0) }
                if refused.contains(name) || hasRefusedPrefix {
                    throw TextFault(
                        message: "\"\(name)\" is reserved",
                        hint: "for example \"\(example)\""
                    )
                }
                return name
            },
            render: { .string($0) }
        )
    }

    /// Printable ASCII without quotation marks and backslashes, so that it needs no escapes in header fields and JSON.
    static var issuer: ValueDecoder {
        .text(
            [("pattern", .string("^[ !#-\\[\\]-~]{1,256}$"))],
            parse: { text throws(TextFault) in
                let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
                guard isPlain, (1...256).contains(text.utf8.count) else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) cannot be an issuer",
                        hint: "use 1 to 256 printable ASCII characters other than \" and \\"
                    )
                }
                return text
            }
        )
    }

    /// A host name without a port, in lower case; an IPv6 address is in brackets, as in `Host`.
    static var host: ValueDecoder {
        .text(
            [("pattern", .string("^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])$"))],
            parse: { text throws(TextFault) in
                guard let (host, port) = NetworkName.split(text) else {
                    if let slip = NetworkName.slip(in: text) { throw slip }
                    throw TextFault(
                        message: "\(Printable.quoted(text)) is not a host name",
                        hint: text.contains("*")
                            ? "wildcards are not supported in host names" : "for example \"api.example.com\""
                    )
                }
                if port != nil {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) has a port, but routes match the host name only",
                        hint: "remove the port"
                    )
                }
                return host.contains(":") ? "[\(host)]" : host
            }
        )
    }
}
