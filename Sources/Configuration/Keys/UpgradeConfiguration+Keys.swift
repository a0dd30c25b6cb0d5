extension UpgradeConfiguration: ConfigurationSection {
    static let summary = "The protocols that a request may switch its connection to, and when the connection ends."

    static var keys: [Key<UpgradeConfiguration>] {
        [
            .key(
                "protocols",
                \.protocols,
                .array(of: .upgradeProtocol, minimum: 1, maximum: 8, unique: { $0 }),
                required: true,
                "The protocol names that may occur in the header field `upgrade`. The gateway knows the framing of "
                    + "`websocket`. Other protocols pass as opaque bytes.",
                examples: [.array([.string("websocket")])]
            ),
            .key(
                "idleTimeout",
                \.idleTimeout,
                .duration(.seconds(1)...Duration.seconds(86_400)),
                "The idle time-out: how long no data may move in either direction before the gateway closes the "
                    + "connection."
            ),
            .key(
                "whenTokenEnds",
                \.whenTokenEnds,
                .choice(),
                "Whether the gateway closes an open connection whose token expires or is revoked."
            ),
        ]
    }
}

extension ValueDecoder where Value == String {
    /// The name of a protocol (RFC 9110, section 7.8) that is not HTTP itself, brought to lower case.
    static var upgradeProtocol: ValueDecoder {
        .text(
            [("pattern", .string(UpgradeProtocolText.schemaPattern))],
            parse: { text throws(TextFault) in try UpgradeProtocolText.parse(text) },
            render: { .string($0) }
        )
    }
}

private enum UpgradeProtocolText {
    private static let token = "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}"
    static let schemaPattern = "^\(token)(/\(token))?$"

    /// These protocols carry further requests, which would bypass tokens, routes and limits.
    private static let refused = ["h2", "h2c", "h3", "http", "tls"]

    static func parse(_ text: String) throws(TextFault) -> String {
        let name = text.lowercased()
        if refused.contains(String(name.prefix { $0 != "/" })) {
            throw TextFault(
                message: "\(Printable.quoted(text)) would carry requests past the gateway",
                hint: "name a protocol that is not HTTP, such as \"websocket\""
            )
        }
        // A name, or a name and a version.
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, parts.allSatisfy(HeaderNameText.isValid) else {
            throw TextFault(
                message: "\(Printable.quoted(text)) is not the name of a protocol",
                hint: "write \"websocket\""
            )
        }
        return name
    }
}
