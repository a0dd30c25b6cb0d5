import Gateway

/// The verdict on a token of the gateway's own, HS256.
enum TokenBenchmarks {
    /// As long as a token is, for heads that nobody verifies.
    static let filler = String(repeating: "abcdefghij", count: 42)

    private static let now: Int64 = 1_800_000_000

    private static func rules() throws -> TokenRules {
        try TokenRules(
            issuer: "https://gateway.example.com",
            audiences: ["wx4f4bc4dec97d474b"],
            lifetimeSeconds: 7200,
            keys: [TokenKey(id: "bench", secret: Array("benchmark-0123456789abcdef-0123456789abcdef".utf8))]
        )
    }

    private static func tokens(_ count: Int) throws -> [[UInt8]] {
        let claims = TokenClaims(
            subject: "u_0123456789abcdefghijkl",
            appID: "wx4f4bc4dec97d474b",
            openid: "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
            sessionID: "0123456789abcdefghijkl"
        )
        guard let signer = TokenSigner(rules: try rules()) else { throw UnexpectedResult(what: "signer") }
        return try (0..<count).map { _ in Array(try signer.sign(claims, now: now).utf8) }
    }

    /// The same token again: the verdict cache answers.
    static func verifyKnown(_ times: Int) throws -> Int {
        try verify(times, tokens: 1, cacheCapacity: TokenVerifier.defaultCacheCapacity)
    }

    /// Another token each time: of so many in turn, a cache of four remembers none until it comes again.
    static func verifyNew(_ times: Int) throws -> Int { try verify(times, tokens: 64, cacheCapacity: 4) }

    private static func verify(_ times: Int, tokens count: Int, cacheCapacity: Int) throws -> Int {
        let tokens = try tokens(count)
        var verifier = try TokenVerifier(rules: try rules(), cacheCapacity: cacheCapacity)
        var good = 0
        for turn in 0..<times {
            let token = tokens[turn % count]
            if case .valid = verifier.verify(token.span, now: now) { good &+= 1 }
        }
        guard good == times else { throw UnexpectedResult(what: "token") }
        return good
    }
}
