import JSON

/// Other issuers.
struct IssuerChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
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
