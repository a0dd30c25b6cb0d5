import Cryptography
import NIOCore
import Sessions
import Testing

@testable import Gateway

@Suite("A token that the gateway signed")
struct TokenRoundTripTests {
    private static let now = TokenFixture.now
    private static let claims = TokenClaims(
        subject: "u-1",
        appID: TokenFixture.app,
        openid: "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
        unionid: "union-1",
        sessionID: "s-1",
        facts: .profile
    )

    private func signer() throws -> TokenSigner { try #require(TokenSigner(rules: TokenFixture.rules())) }

    @Test("says who its bearer is")
    func identity() throws {
        let token = try signer().sign(Self.claims, now: Self.now)
        let identity = try #require(try TokenFixture.verdict(Array(token.utf8)).identity)
        #expect(identity.userID == Array("u-1".utf8))
        #expect(identity.appID == Array(TokenFixture.app.utf8))
        #expect(identity.openid == Array("oGZUI0egBJY1zhBYw2KhdUfwVJJE".utf8))
        #expect(identity.unionid == Array("union-1".utf8))
        #expect(identity.sessionID == Array("s-1".utf8))
        #expect(identity.facts == .profile)
        #expect(identity.expiresAt == Self.now + 7200)
        #expect(identity.issuedAt == Self.now)
    }

    @Test(
        "says what is known of its bearer",
        arguments: [[], .profile, .phone, [.profile, .phone]] as [UserFacts]
    )
    func facts(_ facts: UserFacts) throws {
        var claims = Self.claims
        claims.facts = facts
        let token = try signer().sign(claims, now: Self.now)
        let identity = try #require(try TokenFixture.verdict(Array(token.utf8)).identity)
        #expect(identity.facts == facts)
        let inspection = try TokenInspection(token, rules: TokenFixture.rules(), now: Self.now)
        #expect(inspection.claims?.contains("\"step\": \(facts.authStep)") == true)
        // Only a phone number without a profile is more than `step` can say.
        #expect(inspection.claims?.contains("\"phone\": true") == (facts == .phone))
    }

    @Test("of a user who logged in elsewhere has no openid, and its services get none")
    func elsewhere() throws {
        var claims = Self.claims
        claims.openid = nil
        claims.unionid = nil
        let token = try signer().sign(claims, now: Self.now)
        let identity = try #require(try TokenFixture.verdict(Array(token.utf8)).identity)
        #expect(identity.openid == nil)
        #expect(
            identity.serviceFields
                == "x-user-id: u-1\r\nx-wx-appid: wx4f4bc4dec97d474b\r\nx-wx-source: menshen\r\n"
        )
    }

    @Test("gives a service the fields of the contract, ready to write", arguments: [nil, "union-1"])
    func serviceFields(_ unionid: String?) throws {
        var claims = Self.claims
        claims.unionid = unionid
        let token = try signer().sign(claims, now: Self.now)
        let identity = try #require(try TokenFixture.verdict(Array(token.utf8)).identity)
        let union = unionid.map { "x-wx-unionid: \($0)\r\n" } ?? ""
        #expect(
            identity.serviceFields == "x-user-id: u-1\r\nx-wx-appid: wx4f4bc4dec97d474b\r\n"
                + "x-wx-openid: oGZUI0egBJY1zhBYw2KhdUfwVJJE\r\n\(union)x-wx-source: menshen\r\n"
        )
        #expect(identity.unionid == unionid.map { Array($0.utf8) })
    }

    @Test("is good until the second before exp, without leeway", arguments: [1, 60, 7200] as [Int64])
    func expiry(_ lifetime: Int64) throws {
        var claims = Self.claims
        claims.lifetimeSeconds = lifetime
        let token = Array(try signer().sign(claims, now: Self.now).utf8)
        var verifier = try TokenVerifier(rules: TokenFixture.rules())
        for (offset, good) in [(0, true), (lifetime - 1, true), (lifetime, false), (lifetime + 1, false), (0, true)] {
            let verdict = verifier.verify(token.span, now: Self.now + offset)
            #expect((verdict.identity != nil) == good)
            #expect(verdict.summary == (try TokenFixture.verdict(token, now: Self.now + offset)).summary)
        }
    }

    @Test("has an identifier of its own")
    func tokenID() throws {
        let signer = try signer()
        let tokens = try (0..<100).map { _ in try signer.sign(Self.claims, now: Self.now) }
        #expect(Set(tokens).count == tokens.count)
    }

    @Test("is signed with the first key, and any configured one verifies")
    func rotation() throws {
        let old = TokenKey(id: "old", secret: TokenFixture.secret)
        let new = TokenKey(id: "new", secret: [UInt8](33...64))
        let before = try TokenFixture.rules(keys: [old])
        let during = try TokenFixture.rules(keys: [new, old])
        let after = try TokenFixture.rules(keys: [new])
        let first = Array(try #require(TokenSigner(rules: before)).sign(Self.claims, now: Self.now).utf8)
        let second = Array(try #require(TokenSigner(rules: during)).sign(Self.claims, now: Self.now).utf8)
        #expect(try TokenFixture.verdict(first, rules: during).identity != nil)
        #expect(try TokenFixture.verdict(second, rules: during).identity != nil)
        #expect(try TokenFixture.verdict(second, rules: after).identity != nil)
        #expect(try TokenFixture.verdict(first, rules: after).fault == .keyUnknown)
        #expect(try TokenFixture.verdict(second, rules: before).fault == .keyUnknown)
    }

    @Test(
        "is not made where no verifier would take it",
        arguments: [
            ("sub", TokenClaims(subject: "", appID: "a", openid: "o", sessionID: "s")),
            ("sub", TokenClaims(subject: "a b", appID: "a", openid: "o", sessionID: "s")),
            ("sub", TokenClaims(subject: "a\r\nx-user-id: b", appID: "a", openid: "o", sessionID: "s")),
            ("aud", TokenClaims(subject: "u", appID: "é", openid: "o", sessionID: "s")),
            ("oid", TokenClaims(subject: "u", appID: "a", openid: "", sessionID: "s")),
            ("uid", TokenClaims(subject: "u", appID: "a", openid: "o", unionid: "\n", sessionID: "s")),
            (
                "sid",
                TokenClaims(
                    subject: "u",
                    appID: "a",
                    openid: "o",
                    sessionID: String(repeating: "s", count: 257)
                )
            ),
            ("exp", TokenClaims(subject: "u", appID: "a", openid: "o", sessionID: "s", lifetimeSeconds: .max)),
            ("exp", TokenClaims(subject: "u", appID: "a", openid: "o", sessionID: "s", lifetimeSeconds: 1 << 53)),
        ]
    )
    func refused(_ name: String, _ claims: TokenClaims) throws {
        let signer = try signer()
        #expect(throws: TokenSigningError.claim(name)) { try signer.sign(claims, now: Self.now) }
    }

    @Test("needs rules that can work")
    func rules() throws {
        let key = TokenKey(id: "k", secret: TokenFixture.secret)
        let short = TokenKey(id: "k", secret: [UInt8](repeating: 1, count: 31))
        let nameless = TokenKey(id: "", secret: TokenFixture.secret)
        #expect(throws: TokenRulesError.noKey) { try TokenFixture.rules(keys: []) }
        #expect(throws: TokenRulesError.repeatedKeyID) { try TokenFixture.rules(keys: [key, key]) }
        #expect(throws: TokenRulesError.shortSecret) { try TokenFixture.rules(keys: [short]) }
        #expect(throws: TokenRulesError.badKeyID) { try TokenFixture.rules(keys: [nameless]) }
        #expect(throws: TokenRulesError.badAudience) { try TokenFixture.rules(audiences: ["a\r\nb"]) }
        #expect(throws: TokenRulesError.badLifetime) { try TokenFixture.rules(lifetime: 0) }
        #expect(throws: TokenRulesError.noIssuer) { try TokenFixture.rules(issuer: "") }
        let verifyOnly = TokenKey(id: "v", publicKey: try TokenKeys.key(.es256).publicKey)
        let foreign = ForeignIssuer(issuer: "https://login.example.com", audience: "a")
        #expect(throws: TokenRulesError.cannotSign) { try TokenFixture.rules(keys: [verifyOnly, key]) }
        #expect(throws: TokenRulesError.repeatedIssuer) { try TokenFixture.rules(issuers: [foreign, foreign]) }
        #expect(throws: TokenRulesError.repeatedIssuer) {
            try TokenFixture.rules(issuers: [ForeignIssuer(issuer: TokenFixture.issuer, audience: "a")])
        }
    }
}
