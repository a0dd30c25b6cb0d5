extension ValueDecoder where Value == RoutePattern {
    /// `/a/b`, `/a/*/c`, `/a/{id}`, `/a/**`.
    static var routePattern: ValueDecoder {
        .text(
            [("pattern", .string("^/"))],
            parse: { text throws(TextFault) in try RoutePatternParser.parse(text) }
        )
    }
}

extension ValueDecoder where Value == String {
    /// A path without wildcards, in normal form, that does not end in a slash.
    static var fixedPath: ValueDecoder {
        .text(
            [("pattern", .string("^/[^*{}]*[^*{}/]$"))],
            parse: { text throws(TextFault) in
                let pattern = try exactPattern(text)
                guard !pattern.segments.contains(.literal([])) else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) has an empty segment or a trailing slash",
                        hint: "for example \"/health\""
                    )
                }
                return pattern.normalPath
            },
            render: { .string($0) }
        )
    }

    /// A path of the gateway's own health, in normal form. Unlike `fixedPath` it may be `/` or end in a slash: load
    /// balancers ask for such paths.
    static var healthPath: ValueDecoder {
        .text(
            [("pattern", .string("^/[^*{}]*$"))],
            parse: { text throws(TextFault) in
                if let mark = text.utf8.firstIndex(of: UInt8(ascii: "?")) {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) has a query, which health does not look at",
                        hint: "write \(Printable.quoted(String(text[..<mark]))): it is served with every query"
                    )
                }
                let pattern = try exactPattern(text)
                guard !pattern.hasEmptyInside else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) has an empty segment",
                        hint: "for example \"/health\""
                    )
                }
                return pattern.normalPath
            },
            render: { .string($0) }
        )
    }

    private static func exactPattern(_ text: String) throws(TextFault) -> RoutePattern {
        let pattern = try RoutePatternParser.parse(text)
        guard pattern.isExact else {
            throw TextFault(message: "\(Printable.quoted(text)) contains a wildcard", hint: "write one fixed path")
        }
        return pattern
    }

    /// The path of a request that the gateway makes itself: absolute, as it goes over the wire.
    static var requestPath: ValueDecoder {
        .text(
            [("pattern", .string("^/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,1023}$"))],
            parse: { text throws(TextFault) in
                try RequestTargetText.check(text, allowsQuery: false)
                return text
            }
        )
    }

    /// As `requestPath`, with a query or without.
    static var requestTarget: ValueDecoder {
        .text(
            [("pattern", .string("^/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,1023}$"))],
            parse: { text throws(TextFault) in
                try RequestTargetText.check(text, allowsQuery: true)
                return text
            },
            render: { .string($0) }
        )
    }
}

/// The target of a request in origin form (RFC 9112, section 3.2.1).
private enum RequestTargetText {
    static func check(_ text: String, allowsQuery: Bool) throws(TextFault) {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw TextFault(
                message: "\(Printable.quoted(text)) is not an absolute path",
                hint: "begin the path with a slash"
            )
        }
        let marks = allowsQuery ? "._~!$&'()*+,;=:@%/?-" : "._~!$&'()*+,;=:@%/-"
        let isTarget =
            text.utf8.count <= 1024
            && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || marks.utf8.contains($0) }
        guard isTarget, hasWholeEscapes(text) else {
            throw TextFault(
                message: "\(Printable.quoted(text)) is not a valid request path",
                hint: "remove \(allowsQuery ? "the fragment" : "query and fragment"); percent-encode other characters"
            )
        }
    }

    /// RFC 3986, section 2.1.
    private static func hasWholeEscapes(_ text: String) -> Bool {
        text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).dropFirst().allSatisfy {
            $0.prefix(2).count == 2 && $0.prefix(2).allSatisfy { $0.hexadecimalValue != nil }
        }
    }
}

extension ValueDecoder where Value == AccessLogDestination {
    /// `stdout`, `off`, or a path with a slash in it.
    static var accessLog: ValueDecoder {
        .text(
            [("pattern", .string("^(stdout|off|.*/.*)$"))],
            expected: "\"stdout\", \"off\" or a file path",
            parse: { text throws(TextFault) in
                switch text {
                case "stdout": return .standardOutput
                case "off": return .off
                default:
                    // A typing error in "stdout" must not become a file of that name.
                    guard text.utf8.contains(UInt8(ascii: "/")), text.utf8.last != UInt8(ascii: "/"),
                        !text.utf8.contains(0)
                    else {
                        throw TextFault(
                            message: "\(Printable.quoted(text)) is not \"stdout\", \"off\" or a file path with a slash",
                            hint: NameSuggestion.hint(for: text, among: ["stdout", "off"])
                                ?? "for example \"var/access.log\""
                        )
                    }
                    return .file(text)
                }
            },
            render: { destination in
                switch destination {
                case .standardOutput: .string("stdout")
                case .off: .string("off")
                case .file(let path): .string(path)
                }
            }
        )
    }
}
