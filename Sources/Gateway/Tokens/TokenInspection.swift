package import Cryptography
import JSON

/// A token, decoded for people: `menshen token inspect`. Header and claims are shown even if they cannot be trusted;
/// the verdict tells.
package struct TokenInspection: Sendable {
    /// The header as indented JSON; nil where it cannot be read.
    package let header: String?
    /// The claims as indented JSON; nil where they cannot be read.
    package let claims: String?
    /// One sentence.
    package let verdict: String
    /// Whether the gateway would take the token.
    package let isValid: Bool

    /// Inspects a token, with or without `Bearer `, at `now` in unix seconds.
    ///
    /// - Parameter issuerKeys: of the rules' issuers, as far as they are at hand.
    package init(
        _ text: String,
        rules: TokenRules,
        issuerKeys: IssuerKeys? = nil,
        now: Int64
    ) throws(CryptographyError) {
        var bytes = Array(text.utf8)
        while let last = bytes.last, last == 0x0a || last == 0x0d { bytes.removeLast() }
        let token = BearerToken.range(in: bytes.span).map { Array(bytes[$0]) } ?? bytes
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let header = parts.first.flatMap(Self.json)
        let claims = parts.dropFirst().first.flatMap(Self.json)
        var verifier = try TokenVerifier(rules: rules, issuerKeys: issuerKeys, cacheCapacity: 0)
        let verdict = verifier.verify(token.span, now: now)
        self.header = header.map(Self.indented)
        self.claims = claims.map(Self.indented)
        switch verdict {
        case .valid(let identity):
            isValid = true
            self.verdict = "valid for another \(identity.expiresAt - now) s"
        case .expired:
            isValid = false
            let age = claims.flatMap(Self.expiry).map { " \(now - $0) s ago" } ?? ""
            self.verdict = "otherwise valid, but expired\(age)"
        case .invalid(let fault):
            isValid = false
            self.verdict = "invalid (\(fault.rawValue)): \(fault.explanation)"
        }
    }

    /// All of it, for a terminal.
    package var report: String {
        """
        header: \(header ?? "cannot be read")
        claims: \(claims ?? "cannot be read")
        verdict: \(verdict)
        """
    }

    private static func json(_ part: ArraySlice<UInt8>) -> JSONNode? {
        guard part.count <= BearerToken.largest, let bytes = Base64URL.decode(part.span) else { return nil }
        return try? JSONReader(duplicates: .keepLast, maximumDepth: 16).read(bytes)
    }

    private static func expiry(_ claims: JSONNode) -> Int64? {
        guard case .number(let text)? = claims["exp"]?.value else { return nil }
        return NumericDate.seconds(text.utf8, rounded: .down)
    }

    private static func indented(_ node: JSONNode) -> String {
        var text = ""
        write(node, depth: 0, to: &text)
        return text
    }

    private static func write(_ node: JSONNode, depth: Int, to text: inout String) {
        switch node.value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): text += quoted(string)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index == 0 ? "\n" : ",\n") + indent(depth + 1)
                write(element, depth: depth + 1, to: &text)
            }
            text += elements.isEmpty ? "]" : "\n" + indent(depth) + "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index == 0 ? "\n" : ",\n") + indent(depth + 1) + quoted(member.name) + ": "
                write(member.value, depth: depth + 1, to: &text)
            }
            text += members.isEmpty ? "}" : "\n" + indent(depth) + "}"
        }
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
