extension CrossOriginConfiguration: ConfigurationSection {
    static let summary = "Which web pages of other origins may use the route in a browser (CORS)."

    static var keys: [Key<CrossOriginConfiguration>] {
        let range = Duration.zero...Duration.seconds(86_400)
        return [
            .key(
                "origins",
                \.origins,
                .array(of: .origin, minimum: 1, unique: { $0 }),
                required: true,
                "The allowed origins as browsers send them, without a path. `*` alone allows all origins.",
                examples: [.array([.string("https://h5.example.com")]), .array([.string("*")])]
            ),
            .key(
                "credentials",
                \.credentials,
                .boolean,
                "Whether a page may send cookies. A token in a header does not require this key."
            ),
            .key(
                "headers",
                \.headers,
                .array(of: .fieldName, unique: { $0 }),
                "Request headers that a page may set, besides the token's header, content-type, x-wx-code and "
                    + "x-wx-appid.",
                examples: [.array([.string("x-requested-with")])]
            ),
            .key(
                "expose",
                \.expose,
                .array(of: .fieldName, unique: { $0 }),
                "Response headers that a page may read, besides x-request-id, x-auth-token, x-auth-expires-in, "
                    + "retry-after, ratelimit and ratelimit-policy.",
                examples: [.array([.string("x-total-count")])]
            ),
            .key(
                "maxAge",
                \.maxAge,
                .duration(range),
                "How long a browser may cache the response to a preflight, in whole seconds."
            ),
        ]
    }
}

extension ValueDecoder where Value == String {
    /// A serialised origin (RFC 6454, section 6.2), or `*`.
    static var origin: ValueDecoder {
        .text(
            [("pattern", .string("^(\\*|https?://[a-z0-9.:\\[\\]_-]+)$"))],
            expected: "a string such as \"https://h5.example.com\"",
            parse: { text throws(TextFault) in
                if text == "*" { return text }
                let scheme = ["https://", "http://"].first { text.hasPrefix($0) }
                let authority = String(text.dropFirst(scheme?.count ?? 0))
                guard let scheme, let (host, port) = NetworkName.split(authority) else {
                    throw TextFault(
                        message: "\(Printable.quoted(text)) is not an origin",
                        hint: "write scheme and host, and a port that is not the scheme's own: "
                            + "\"https://h5.example.com\""
                    )
                }
                // Origins are compared byte for byte, so the value must use the browser's spelling.
                let usual = scheme == "https://" ? 443 : 80
                let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
                let serialised = scheme + name + (port.map { $0 == usual ? "" : ":\($0)" } ?? "")
                guard serialised.utf8.elementsEqual(text.utf8) else {
                    throw TextFault(
                        message: "browsers never send the origin \(Printable.quoted(text))",
                        hint: "did you mean \(Printable.quoted(serialised))?"
                    )
                }
                return text
            }
        )
    }

    /// The name of any header field, brought to lower case.
    static var fieldName: ValueDecoder {
        .text(
            [("pattern", .string(HeaderNameText.schemaPattern))],
            parse: { text throws(TextFault) in
                guard HeaderNameText.isValid(text) else { throw HeaderNameText.fault(text) }
                return text.lowercased()
            },
            render: { .string($0) }
        )
    }
}
