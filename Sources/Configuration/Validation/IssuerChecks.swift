import JSON

/// The gateway's own name in tokens, and other issuers.
struct IssuerChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkSources()
        checkNames()
    }

    private mutating func checkNames() {
        checkName(configuration.tokens.issuer, ["tokens", "issuer"])
        for (index, issuer) in configuration.tokens.issuers.enumerated() {
            checkName(issuer.issuer, ["tokens", "issuers", "\(index)", "issuer"])
        }
    }

    /// RFC 7519, section 2: a name with a colon is a URI. RFC 8414, section 2: as a URL it has no query and no fragment.
    private mutating func checkName(_ name: String, _ path: [String]) {
        let parts = name.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = parts[0]
        let isWeb = scheme.elementsEqual("https".utf8) || scheme.elementsEqual("http".utf8)
        let rest = parts.count > 1 ? parts[1] : name.utf8[...]
        let reason: String? =
            if name.utf8.contains(UInt8(ascii: " ")) {
                "has a space in it"
            } else if parts.count > 1,
                scheme.isEmpty || !scheme.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "+-.".utf8.contains($0) })
            {
                "has a colon, and is no URI"
            } else if isWeb,
                !rest.starts(with: "//".utf8) || rest.count < 3 || rest.dropFirst(2).first == UInt8(ascii: "/")
            {
                "is a URL without a host"
            } else if isWeb, rest.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
                "is a URL with a query or a fragment"
            } else {
                nil
            }
        guard let reason, !name.isEmpty else { return }
        warning(
            location(path),
            "\(Printable.quoted(name)) \(reason)",
            hint: "for example \"https://gateway.example.com\""
        )
    }

    private mutating func checkSources() {
        var seen: Set<String> = [configuration.tokens.issuer]
        for (index, issuer) in configuration.tokens.issuers.enumerated() {
            if !issuer.issuer.isEmpty, !seen.insert(issuer.issuer).inserted {
                fault(
                    location("tokens", "issuers", "\(index)", "issuer"),
                    issuer.issuer == configuration.tokens.issuer
                        ? "this is the gateway's own issuer, whose keys are in \"signingKeys\""
                        : "the issuer \"\(issuer.issuer)\" is listed twice"
                )
            }
            let sources = ["jwksURL", "jwksFile"].filter { node("tokens", "issuers", "\(index)", $0) != nil }
            if sources.count != 1, node("tokens", "issuers", "\(index)")?.members != nil {
                fault(
                    location(["tokens", "issuers", "\(index)"] + sources.dropFirst()),
                    sources.isEmpty
                        ? "the issuer's keys are missing" : "the issuer's keys must have exactly one source",
                    hint: "write \"jwksURL\" or \"jwksFile\""
                )
            }
        }
    }
}
