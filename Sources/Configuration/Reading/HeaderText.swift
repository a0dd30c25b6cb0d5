/// Names of header fields that rules may name.
enum HeaderNameText {
    static let schemaPattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"

    /// Fields of message framing, routing, and the connection.
    private static let framing: Set<String> = [
        "connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "max-forwards", "proxy",
        "proxy-authenticate", "proxy-authentication-info", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    ]
    /// Fields that services trust only from the gateway, or that the gateway writes to them (contract, section 6).
    private static let reservedTowardsServices: Set<String> = [
        "baggage", "forwarded", "traceparent", "tracestate", "via", "x-http-method-override", "x-identity-token",
        "x-original-url", "x-real-ip", "x-request-id", "x-rewrite-url", "x-user-id", "x-user-phone",
    ]
    /// Fields that describe the body, which the gateway may have replaced, and fields that it writes to clients itself.
    private static let reservedTowardsClients: Set<String> = [
        "content-encoding", "content-range", "content-type", "date", "ratelimit", "ratelimit-policy", "retry-after",
        "www-authenticate", "x-request-id",
    ]
    private static let requestPrefixes = ["x-auth-", "x-forwarded-", "x-wx-"]
    private static let responsePrefixes = ["access-control-", "x-auth-"]

    static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                byte.isASCIILetter || byte.isASCIIDigit || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }

    static func fault(_ text: String) -> TextFault {
        TextFault(message: "\(Printable.quoted(text)) is not a header field name of at most 64 bytes")
    }

    static func parse(_ text: String, _ direction: HeaderDirection) throws(TextFault) -> HeaderName {
        guard isValid(text) else { throw fault(text) }
        // As frameworks read names: `x_user_id` is `x-user-id` to some.
        var bytes = text.lowercased().utf8.map { $0.isASCIILetter || $0.isASCIIDigit ? $0 : UInt8(ascii: "-") }[...]
        while bytes.first == UInt8(ascii: "-") { bytes.removeFirst() }
        while bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
        let normal = String(decoding: bytes, as: UTF8.self)
        let named = direction == .request ? reservedTowardsServices : reservedTowardsClients
        let prefixes = direction == .request ? requestPrefixes : responsePrefixes
        if normal.isEmpty || framing.contains(normal) || named.contains(normal)
            || prefixes.contains(where: { normal.hasPrefix($0) })
        {
            throw TextFault(
                message: "\"\(text.lowercased())\" is reserved",
                hint: normal.hasPrefix("access-control-")
                    ? "set \"cors\"" : "the gateway sets or removes this field itself"
            )
        }
        return HeaderName(text)
    }
}

/// Values of header fields: printable ASCII with `${…}` in it.
enum HeaderValueText {
    private static let secretPrefix = "secret:"
    private static let segmentPrefix = "route."

    static func parse(_ text: String, _ direction: HeaderDirection) throws(TextFault) -> HeaderValue {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw TextFault(message: "a header field value must be printable ASCII", hint: "remove line ends and tabs")
        }
        guard text.utf8.first != 0x20, text.utf8.last != 0x20 else {
            throw TextFault(message: "a header field value must not begin or end with a space")
        }
        var pieces: [HeaderValue.Piece] = []
        var plain = ""
        var rest = text[...]
        while let character = rest.first {
            guard rest.hasPrefix("${") else {
                plain.append(character)
                rest = rest.dropFirst()
                continue
            }
            guard let end = rest.firstIndex(of: "}") else {
                throw TextFault(message: "\"${\" has no closing \"}\"")
            }
            if !plain.isEmpty { pieces.append(.text(plain)) }
            plain = ""
            pieces.append(try piece(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end]), direction))
            rest = rest[rest.index(after: end)...]
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return HeaderValue(pieces: pieces)
    }

    private static func piece(_ name: String, _ direction: HeaderDirection) throws(TextFault) -> HeaderValue.Piece {
        if let variable = HeaderVariable(rawValue: name) { return .variable(variable) }
        if name.hasPrefix(secretPrefix) {
            if direction == .response {
                throw TextFault(message: "a secret must not be sent to clients")
            }
            return .secret(String(name.dropFirst(secretPrefix.count)))
        }
        if name.hasPrefix(segmentPrefix) { return .segment(String(name.dropFirst(segmentPrefix.count))) }
        let known = HeaderVariable.allCases.map(\.rawValue)
        throw TextFault(
            message: "unknown variable \(Printable.quoted("${\(name)}"))",
            hint: NameSuggestion.nearest(to: name, among: known).map { "did you mean \"${\($0)}\"?" }
                ?? "known variables: \(known.joined(separator: ", ")), route.NAME\(direction == .request ? ", secret:NAME" : "")"
        )
    }
}
