import Configuration
import Cryptography
import NIOCore
import Testing

@testable import Gateway

@Suite("A token of another issuer")
struct ForeignIssuerTests {
    private static let now = TokenFixture.now
    private static let first = ForeignIssuer(
        issuer: "https://login.example.com",
        audience: "https://gateway.example.com"
    )
    private static let second = ForeignIssuer(
        issuer: "https://sso.example.org",
        audience: "shop",
        userIDClaim: "employee"
    )

    private static let claims: [(name: String, json: String)] = [
        ("iss", #""https://login.example.com""#), ("aud", #""https://gateway.example.com""#), ("sub", #""alice""#),
        ("iat", "\(now)"), ("exp", "\(now + 300)"),
    ]

    private static func payload(_ changes: [String: String?] = [:]) -> String {
        var members: [String] = []
        for claim in claims {
            guard let change = changes[claim.name] else {
                members.append("\"\(claim.name)\":\(claim.json)")
                continue
            }
            if let change { members.append("\"\(claim.name)\":\(change)") }
        }
        for (name, json) in changes where !claims.contains(where: { $0.name == name }) {
            if let json { members.append("\"\(name)\":\(json)") }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func keySet(_ algorithm: SignatureAlgorithm = .es256, more: String = "") throws -> JSONWebKeySet {
        let key = try TokenKeys.key(algorithm).publicKey
        return try JSONWebKeySet(Array(#"{"keys":[\#(TokenKeys.jwk(key, id: "f1", more: more))]}"#.utf8))
    }

    private static func verifier(_ sets: [JSONWebKeySet]? = nil) throws -> TokenVerifier {
        var keys = IssuerKeys(issuers: 2)
        for (index, set) in try (sets ?? [keySet()]).enumerated() { _ = keys.replace(index, with: set) }
        let own = TokenKey(id: "own", privateKey: try TokenKeys.otherES256())
        return try TokenVerifier(
            rules: TokenFixture.rules(
                keys: [TokenKey(id: "k1", secret: TokenFixture.secret), own],
                issuers: [first, second]
            ),
            issuerKeys: keys
        )
    }

    private static func token(
        _ payload: String = payload(),
        header: String = #"{"alg":"ES256","kid":"f1"}"#,
        key: PrivateKey? = nil
    ) throws -> [UInt8] {
        try TokenFixture.token(header: header, claims: payload, key: key ?? TokenKeys.key(.es256))
    }

    private static func verdict(_ token: [UInt8], now: Int64 = now) throws -> Verdict {
        var verifier = try verifier()
        return verifier.verify(token.span, now: now)
    }

    @Test("says who the user is and nothing else", arguments: SignatureAlgorithm.allCases)
    func identity(_ algorithm: SignatureAlgorithm) throws {
        var verifier = try Self.verifier([Self.keySet(algorithm)])
        let token = try Self.token(
            Self.payload(["sid": #""s""#, "oid": #""o""#, "step": "3", "client_id": "\"\(TokenFixture.app)\""]),
            header: #"{"alg":"\#(algorithm.rawValue)","kid":"f1"}"#,
            key: TokenKeys.key(algorithm)
        )
        let identity = try #require(verifier.verify(token.span, now: Self.now).identity)
        #expect(identity.userID == Array("alice".utf8))
        #expect(identity.appID == nil && identity.openid == nil && identity.sessionID == nil)
        #expect(identity.facts == [])
        #expect(identity.issuedAt == Self.now)
        #expect(identity.serviceFields == "x-user-id: alice\r\nx-wx-source: menshen\r\n")
        let again = try #require(verifier.verify(token.span, now: Self.now).identity)
        #expect(identity === again)
    }

    @Test("names the user by the claim that is configured")
    func userIDClaim() throws {
        var verifier = try Self.verifier([JSONWebKeySet(), Self.keySet()])
        let changes = ["iss": #""https://sso.example.org""#, "aud": #"["shop","x"]"#, "employee": #""e-17""#]
        let token = try Self.token(Self.payload(changes))
        let verdict = verifier.verify(token.span, now: Self.now)
        #expect(verdict.identity?.userID == Array("e-17".utf8))
        let nobody = try Self.token(Self.payload(changes.merging(["employee": "17"]) { $1 }))
        let refused = verifier.verify(nobody.span, now: Self.now)
        #expect(refused.fault == .subject)
    }

    @Test(
        "may be of type JWT, an access token, or of none",
        arguments: [
            ("", true), (#","typ":"JWT""#, true), (#","typ":"jwt""#, true), (#","typ":"at+jwt""#, true),
            (#","typ":"application/at+jwt""#, true), (#","typ":"menshen-identity+jwt""#, false),
            (#","typ":"application/menshen-identity+jwt""#, false), (#","typ":"id+jwt""#, false),
            (#","typ":"logout+jwt""#, false), (#","typ":"""#, false), (#","typ":"dpop+jwt""#, false),
        ]
    )
    func types(_ more: String, _ isTaken: Bool) throws {
        let verdict = try Self.verdict(Self.token(header: #"{"alg":"ES256","kid":"f1"\#(more)}"#))
        #expect((verdict.identity != nil) == isTaken)
        if !isTaken { #expect(verdict.fault == .type) }
    }

    typealias Refused = (changes: [String: String?], fault: TokenFault)

    static let refused: [Refused] = [
        (["aud": nil], .audience), (["aud": #""https://other.example.com""#], .audience), (["aud": "[]"], .audience),
        (["aud": "7"], .audience), (["aud": #"["https://gateway.example.com",7]"#], .audience),
        (["exp": nil], .expiry), (["exp": #""1800000300""#], .expiry), (["exp": "1e400"], .expiry),
        (["exp": "-1"], .expiry), (["exp": "9007199254740993"], .expiry), (["exp": "-1.8e9"], .expiry),
        (["nbf": "1800000061"], .notYetValid), (["nbf": #""0""#], .notBefore), (["iat": "1800000061"], .notYetValid),
        (["nbf": "1800000060.01"], .notYetValid), (["iat": "1.80000006001E9"], .notYetValid),
        (["iat": "true"], .issuedAt), (["iat": "-0.5"], .issuedAt), (["sub": nil], .subject), (["sub": "7"], .subject),
        (["sub": #""""#], .subject),
        (["sub": #""a b""#], .subject), (["sub": #""a\r\nx-user-id: b""#], .subject), (["sub": #""é""#], .subject),
        (["deep": "[[[[[[[[1]]]]]]]]"], .keyUnknown),
    ]

    @Test("is refused for its claims", arguments: refused)
    func claims(_ refused: Refused) throws {
        #expect(try Self.verdict(Self.token(Self.payload(refused.changes))).fault == refused.fault)
    }

    /// RFC 7519 section 2: a NumericDate may have a fraction. Some libraries write the clock as they find it.
    @Test("may have parts of a second in its dates, and exponents")
    func fractions() throws {
        for (dates, first, last) in [
            (["exp": "1800000300.99", "nbf": "1799999999.5", "iat": "1799999999.01"], -60, 359),
            (["exp": "1.8000003E9", "nbf": "1.8E9", "iat": "180000000e1"], -60, 359),
            (["exp": "18000003000000000000e-10", "nbf": "0.0", "iat": "0.18e10"], -60, 359),
        ] as [([String: String?], Int64, Int64)] {
            let token = try Self.token(Self.payload(dates))
            for (offset, summary) in [
                (first - 1, "not_yet_valid"), (first, "valid"), (last, "valid"), (last + 1, "expired"),
            ] {
                #expect(
                    try Self.verdict(token, now: Self.now + offset).summary.hasPrefix(summary),
                    "\(dates) \(offset)"
                )
            }
        }
    }

    @Test("has 60 seconds of leeway on its dates, and not one more")
    func leeway() throws {
        let token = try Self.token(Self.payload(["nbf": "\(Self.now)"]))
        var verifier = try Self.verifier()
        for (offset, summary) in [
            (-61, "not_yet_valid"), (-60, "valid"), (0, "valid"), (359, "valid"), (360, "expired"),
            (-61, "not_yet_valid"),
        ] {
            let verdict = verifier.verify(token.span, now: Self.now + Int64(offset))
            #expect(verdict.summary.hasPrefix(summary), "\(offset)")
        }
    }

    @Test("is verified with its issuer's keys alone")
    func keys() throws {
        let foreignKey = try TokenKeys.key(.es256)
        let ownKey = try TokenKeys.otherES256()
        // Our own key signs nothing for another issuer, and theirs nothing for us.
        #expect(try Self.verdict(Self.token(header: #"{"alg":"ES256","kid":"own"}"#, key: ownKey)).fault == .keyUnknown)
        #expect(try Self.verdict(Self.token(header: #"{"alg":"ES256","kid":"f1"}"#, key: ownKey)).fault == .signature)
        let header = #"{"alg":"ES256","kid":"f1","typ":"at+jwt"}"#
        let asOurs = try TokenFixture.token(header: header, claims: TokenFixture.claims([:]), key: foreignKey)
        #expect(try Self.verdict(asOurs).fault == .keyUnknown)
        // Nor one issuer's for another.
        let changes = ["iss": #""https://sso.example.org""#, "aud": #""shop""#, "employee": #""e""#]
        #expect(try Self.verdict(Self.token(Self.payload(changes))).fault == .keyUnknown)
        // Two members `iss` are none at all.
        let twice = Self.payload().dropLast() + #","iss":"https://gateway.example.com"}"#
        #expect(try Self.verdict(Self.token(String(twice))).fault == .keyUnknown)
    }

    @Test("is never verified with HS256, though the signature were right")
    func symmetric() throws {
        let own = try TokenFixture.token(header: #"{"alg":"HS256","kid":"k1","typ":"at+jwt"}"#, claims: Self.payload())
        #expect(try Self.verdict(own).fault == .issuer)
        let jwk = Array(try TokenKeys.jwk(TokenKeys.key(.es256).publicKey, id: "f1").utf8)
        for secret in [jwk, try TokenKeys.pem("es256.pub")] {
            let token = try TokenFixture.token(
                header: #"{"alg":"HS256","kid":"f1"}"#,
                claims: Self.payload(),
                secret: secret
            )
            #expect(try Self.verdict(token).fault == .keyUnknown)
        }
        let other = try Self.token(header: #"{"alg":"RS256","kid":"f1"}"#)
        #expect(try Self.verdict(other).fault == .algorithm)
    }

    @Test("with a kid that is not known is told of, once for each issuer, and good when the key has come")
    func unknownKeys() throws {
        var verifier = try Self.verifier([JSONWebKeySet()])
        let token = try Self.token()
        #expect(!verifier.hasUnknownKeys)
        for _ in 0..<3 {
            let verdict = verifier.verify(token.span, now: Self.now)
            #expect(verdict.fault == .keyUnknown)
        }
        #expect(verifier.hasUnknownKeys)
        #expect(verifier.takeUnknownKeys() == [0])
        #expect(!verifier.hasUnknownKeys)
        #expect(verifier.takeUnknownKeys() == [])
        var keys = IssuerKeys(issuers: 2)
        #expect(keys.replace(0, with: try Self.keySet()))
        verifier.adopt(issuerKeys: keys)
        let good = verifier.verify(token.span, now: Self.now)
        #expect(good.identity != nil)
        // A key that its issuer took back opens nothing any more, though the verdict was remembered.
        verifier.adopt(issuerKeys: IssuerKeys(issuers: 2))
        let gone = verifier.verify(token.span, now: Self.now)
        #expect(gone.fault == .keyUnknown)
    }

    @Test("leaves remembered verdicts where the keys that come are those there are")
    func sameKeys() throws {
        var verifier = try Self.verifier()
        var keys = IssuerKeys(issuers: 2)
        _ = keys.replace(0, with: try Self.keySet())
        verifier.adopt(issuerKeys: keys)
        #expect(verifier.generation == 0)
    }

    @Test("does not change what our own tokens are worth")
    func ownTokens() throws {
        #expect(try Self.verdict(TokenFixture.token()).identity?.userID == Array("alice".utf8))
        #expect(try Self.verdict(TokenFixture.token(claims: TokenFixture.claims(["aud": nil]))).fault == .audience)
        let unknown = try TokenFixture.token(
            header: #"{"alg":"ES256","kid":"own","typ":"at+jwt"}"#,
            claims: TokenFixture.claims(["iss": #""https://nobody.example""#]),
            key: TokenKeys.otherES256()
        )
        #expect(try Self.verdict(unknown).fault == .issuer)
    }
}
