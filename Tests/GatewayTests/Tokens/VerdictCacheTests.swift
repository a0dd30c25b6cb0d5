import Cryptography
import RandomJSON
import Testing

@testable import Gateway

@Suite("The verdict cache")
struct VerdictCacheTests {
    private static let now = TokenFixture.now

    @Test("gives the verdicts of a verifier without memory, whatever happens in whatever order")
    func model() throws {
        var random = SeededGenerator.printingSeed()
        let rules = [
            try TokenFixture.rules(keys: [Self.key("k1", 1)]),
            try TokenFixture.rules(keys: [Self.key("k2", 2), Self.key("k1", 1)]),
            try TokenFixture.rules(keys: [Self.key("k1", 3)]),
            try TokenFixture.rules(keys: [Self.key("k1", 1)], audiences: [TokenFixture.otherApp]),
        ]
        let tokens = try (0..<60).map { try Self.randomToken($0, using: &random) }
        var verifier = try TokenVerifier(rules: rules[0], cacheCapacity: 32)
        var current = 0
        var now = Self.now
        var seen: [String: Int] = [:]
        for step in 0..<8000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0:
                current = Int.random(in: 0..<rules.count, using: &random)
                try verifier.adopt(rules[current])
            case 1..<8: now += Int64.random(in: -5...12, using: &random)
            case 8: now = Self.now
            default: break
            }
            // Half of the look-ups go to a few tokens, so that hits and evictions both happen.
            let few = Bool.random(using: &random)
            var token = tokens[Int.random(in: 0..<(few ? 8 : tokens.count), using: &random)]
            if Int.random(in: 0..<10, using: &random) == 0 {
                token[Int.random(in: 0..<token.count, using: &random)] ^= 1
            }
            let verdict = verifier.verify(token.span, now: now).summary
            let expected = try TokenFixture.verdict(token, rules: rules[current], now: now).summary
            #expect(verdict == expected, "step \(step)")
            seen[verdict.split(separator: " ").first.map(String.init) ?? "", default: 0] += 1
        }
        for kind in ["valid", "expired", "key_unknown", "signature_mismatch", "audience_mismatch", "not_yet_valid"] {
            #expect(seen[kind, default: 0] > 0, "\(kind) did not happen")
        }
    }

    @Test("gives back the identity that it has since the first time, not a new one")
    func hit() throws {
        let token = try TokenFixture.token()
        var verifier = try TokenVerifier(rules: TokenFixture.rules())
        let first = try #require(verifier.verify(token.span, now: Self.now).identity)
        let second = try #require(verifier.verify(token.span, now: Self.now + 59).identity)
        #expect(first === second)
    }

    @Test("knows a large token by its digest, and no other token by it")
    func large() throws {
        let roles = String(repeating: "r", count: 5000)
        let token = try TokenFixture.token(claims: TokenFixture.claims(["roles": "\"\(roles)\""]))
        #expect(token.count > Identity.largestKeptToken)
        var verifier = try TokenVerifier(rules: TokenFixture.rules())
        let first = try #require(verifier.verify(token.span, now: Self.now).identity)
        #expect(first.text.count < 1000)
        let second = try #require(verifier.verify(token.span, now: Self.now + 59).identity)
        #expect(first === second)
        var other = token
        other[token.count / 2] ^= 1
        let refused = verifier.verify(other.span, now: Self.now)
        #expect(refused.fault == .signature)
    }

    @Test("when full gives up an entry only to a token that comes again")
    func full() throws {
        let tokens = try (0..<17).map { number in
            try TokenFixture.token(claims: TokenFixture.claims(["sub": "\"u-\(number)\""]))
        }
        var verifier = try TokenVerifier(rules: TokenFixture.rules(), cacheCapacity: 16)
        func identity(_ number: Int) throws -> Identity {
            let token = tokens[number]
            return try #require(verifier.verify(token.span, now: Self.now).identity)
        }
        let known = try (0..<16).map { try identity($0) }
        let once = try identity(16)
        for number in 0..<16 { #expect(try identity(number) === known[number]) }
        let twice = try identity(16)
        #expect(twice !== once)
        #expect(try identity(16) === twice)
        // The one used longest ago made way.
        #expect(try identity(15) === known[15])
        #expect(try identity(0) !== known[0])
    }

    @Test("when full of tokens that expired has room for another at its first sight, in an expired one's place")
    func fullOfExpired() throws {
        let tokens = try (0..<18).map { number in
            // The one used longest ago is not among those that expire early.
            let life = number == 0 || number > 15 ? 100 : 10
            return try TokenFixture.token(
                claims: TokenFixture.claims(["sub": "\"u-\(number)\"", "exp": "\(Self.now + Int64(life))"])
            )
        }
        var verifier = try TokenVerifier(rules: TokenFixture.rules(), cacheCapacity: 16)
        func identity(_ number: Int, after seconds: Int64) throws -> Identity {
            let token = tokens[number]
            return try #require(verifier.verify(token.span, now: Self.now + seconds).identity)
        }
        let known = try (0..<16).map { try identity($0, after: 0) }
        for number in 1..<16 { #expect(try identity(number, after: 9) === known[number]) }
        let early = try identity(16, after: 9)
        // Never seen before.
        let late = try identity(17, after: 10)
        #expect(try identity(17, after: 10) === late)
        #expect(try identity(16, after: 10) !== early)
        #expect(try identity(0, after: 10) === known[0])
    }

    @Test("when full of what was found under other rules has room for each token at its first sight")
    func fullOfOtherRules() throws {
        let tokens = try (0..<16).map { number in
            try TokenFixture.token(claims: TokenFixture.claims(["sub": "\"u-\(number)\""]))
        }
        var verifier = try TokenVerifier(rules: TokenFixture.rules(), cacheCapacity: 16)
        func identities() throws -> [Identity] {
            try tokens.map { try #require(verifier.verify($0.span, now: Self.now).identity) }
        }
        let before = try identities()
        try verifier.adopt(TokenFixture.rules())
        let after = try identities()
        #expect(zip(before, after).allSatisfy { $0 !== $1 })
        #expect(zip(try identities(), after).allSatisfy { $0 === $1 })
    }

    @Test("when full has room at first sight once one of its tokens was forgotten, though none has expired")
    func roomOfOneForgotten() throws {
        let tokens = try (0..<17).map { number in
            try TokenFixture.token(
                claims: TokenFixture.claims([
                    "sub": "\"u-\(number)\"", "nbf": "\(Self.now - (number == 0 ? 10 : 100))",
                ])
            )
        }
        var verifier = try TokenVerifier(rules: TokenFixture.rules(), cacheCapacity: 16)
        func identity(_ number: Int, _ now: Int64) -> Identity? {
            let token = tokens[number]
            return verifier.verify(token.span, now: now).identity
        }
        for number in 0..<16 { _ = try #require(identity(number, Self.now)) }
        // The clock is set back to before one of them is good.
        #expect(identity(0, Self.now - 20) == nil)
        let late = try #require(identity(16, Self.now - 20))
        #expect(identity(16, Self.now - 20) === late)
    }

    @Test("forgets what expired, and what was found under other rules")
    func forgetting() throws {
        let token = try TokenFixture.token()
        var verifier = try TokenVerifier(rules: TokenFixture.rules())
        let first = try #require(verifier.verify(token.span, now: Self.now).identity)
        let late = verifier.verify(token.span, now: Self.now + 60)
        #expect(late.summary == "expired")
        let second = try #require(verifier.verify(token.span, now: Self.now).identity)
        #expect(first !== second)
        #expect(verifier.generation == 0)
        try verifier.adopt(TokenFixture.rules())
        #expect(verifier.generation == 1)
        let third = try #require(verifier.verify(token.span, now: Self.now).identity)
        #expect(second !== third)
    }

    @Test("is no way around nbf for a clock that was set back")
    func notBefore() throws {
        let token = try TokenFixture.token(claims: TokenFixture.claims(["nbf": "\(Self.now + 10)"]))
        var verifier = try TokenVerifier(rules: TokenFixture.rules())
        for (offset, summary) in [
            (9, "not_yet_valid"), (10, "valid"), (10, "valid"), (9, "not_yet_valid"), (59, "valid"),
        ] {
            let verdict = verifier.verify(token.span, now: Self.now + Int64(offset))
            #expect(verdict.summary.hasPrefix(summary))
        }
    }

    @Test("holds at most its capacity, and keeps what is used")
    func bounds() throws {
        var cache = VerdictCache(capacity: 64)
        let kept = try Self.identity(0)
        try Self.insert(kept, into: &cache)
        var inserted = [kept]
        for number in 1..<1000 {
            let identity = try Self.identity(number)
            try Self.insert(identity, into: &cache)
            inserted.append(identity)
            #expect(Self.find(kept.token, in: &cache) === kept)
        }
        let alive = inserted.filter { Self.find($0.token, in: &cache) === $0 }
        #expect(alive.count <= 64)
        #expect(alive.count > 32)
    }

    @Test("spreads tokens over its sets: half as many tokens as entries lose few to each other")
    func spread() throws {
        var cache = VerdictCache(capacity: 1024)
        let identities = try (0..<512).map { try Self.identity($0) }
        for identity in identities { try Self.insert(identity, into: &cache) }
        let alive = identities.filter { Self.find($0.token, in: &cache) === $0 }
        // With sets chosen at random hardly one of them is pushed out.
        #expect(alive.count > 512 - 16)
    }

    @Test("has an answer for each of 10,000 tokens that come in turn")
    func rotation() throws {
        var cache = VerdictCache(capacity: TokenVerifier.defaultCacheCapacity)
        let rules = try TokenFixture.rules()
        let payload = try TokenPayload.read(Array(TokenFixture.claims([:]).utf8))
        let claims = try AccessTokenClaims(payload, rules: rules)
        var random = SeededGenerator.printingSeed()
        let identities = (0..<10_000).map { _ in
            let token = (0..<64).map { _ in UInt8.random(in: 0...255, using: &random) }
            return Identity(claims, token: token.span)
        }
        for identity in identities { try Self.insert(identity, into: &cache) }
        let found = identities.filter { Self.find($0.token, in: &cache) === $0 }
        // One time in a hundred a set gets more than it can hold, and loses them all.
        #expect(found.count > 9900)
    }

    @Test("compares the whole token, not only the bytes it hashes")
    func wholeToken() throws {
        var cache = VerdictCache(capacity: 64)
        let identity = try Self.identity(0)
        try Self.insert(identity, into: &cache)
        for index in identity.token.indices {
            var other = identity.token
            other[index] ^= 1
            #expect(Self.find(other, in: &cache) == nil)
        }
        #expect(Self.find([0x61] + identity.token, in: &cache) == nil)
        #expect(Self.find(Array(identity.token.dropFirst()), in: &cache) == nil)
        #expect(Self.find([], in: &cache) == nil)
    }

    private static func find(_ token: [UInt8], in cache: inout VerdictCache) -> Identity? {
        guard let key = cache.key(of: token.span) else { return nil }
        return cache.find(token.span, key: key, generation: 0)
    }

    private static func insert(_ identity: Identity, into cache: inout VerdictCache) throws {
        let token = identity.token
        let key = cache.key(of: token.span)
        cache.insert(identity, key: try #require(key), generation: 0, now: now)
    }

    private static func identity(_ number: Int) throws -> Identity {
        let token = try TokenFixture.token(claims: TokenFixture.claims(["sub": "\"u-\(number)\""]))
        return try #require(try TokenFixture.verdict(token).identity)
    }

    private static func key(_ id: String, _ secret: UInt8) -> TokenKey {
        TokenKey(id: id, secret: [UInt8](repeating: secret, count: 32))
    }

    private static func randomToken(_ number: Int, using random: inout SeededGenerator) throws -> [UInt8] {
        let key = UInt8.random(in: 1...3, using: &random)
        let header = #"{"alg":"HS256","kid":"k\#(key == 2 ? 2 : 1)","typ":"at+jwt"}"#
        var changes: [String: String?] = [
            "sub": "\"u-\(number)\"", "exp": "\(now + Int64.random(in: 1...120, using: &random))",
        ]
        if Int.random(in: 0..<4, using: &random) == 0 { changes["nbf"] = "\(now + 20)" }
        if Bool.random(using: &random) { changes["client_id"] = .some(nil) }
        if Int.random(in: 0..<4, using: &random) == 0 {
            changes["aud"] = "\"\(TokenFixture.otherApp)\""
            changes["client_id"] = .some(nil)
        }
        return try TokenFixture.token(
            header: header,
            claims: TokenFixture.claims(changes),
            secret: [UInt8](repeating: key, count: 32)
        )
    }
}
