import Cryptography
import RandomJSON
import Testing

@testable import Gateway

@Suite("A token of an asymmetric key")
struct AsymmetricTokenTests {
    private static let now = TokenFixture.now
    private static let claims = TokenClaims(
        subject: "u-1",
        appID: TokenFixture.app,
        openid: "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
        sessionID: "s-1"
    )

    private static func header(_ algorithm: String, more: String = "") -> String {
        #"{"alg":"\#(algorithm)","kid":"k","typ":"at+jwt"\#(more)}"#
    }

    private static func rules(_ algorithm: SignatureAlgorithm) throws -> TokenRules {
        try TokenFixture.rules(keys: [TokenKey(id: "k", privateKey: TokenKeys.key(algorithm))])
    }

    private static func verdict(
        _ token: [UInt8],
        _ algorithm: SignatureAlgorithm
    ) throws -> Verdict {
        try TokenFixture.verdict(token, rules: rules(algorithm))
    }

    @Test("is good, by its signer's key and by the public half alone", arguments: SignatureAlgorithm.allCases)
    func roundTrip(_ algorithm: SignatureAlgorithm) throws {
        let key = try TokenKeys.key(algorithm)
        let signing = try Self.rules(algorithm)
        let token = Array(try #require(TokenSigner(rules: signing)).sign(Self.claims, now: Self.now).utf8)
        #expect(try TokenFixture.verdict(token, rules: signing).identity?.userID == Array("u-1".utf8))
        let verifying = try TokenFixture.rules(keys: [
            TokenKey(id: "k1", secret: TokenFixture.secret), TokenKey(id: "k", publicKey: key.publicKey),
        ])
        #expect(try TokenFixture.verdict(token, rules: verifying).identity?.userID == Array("u-1".utf8))
        #expect(try TokenFixture.verdict(token).fault == .keyUnknown)
    }

    @Test("is remembered like any other", arguments: SignatureAlgorithm.allCases)
    func cache(_ algorithm: SignatureAlgorithm) throws {
        let rules = try Self.rules(algorithm)
        let token = Array(try #require(TokenSigner(rules: rules)).sign(Self.claims, now: Self.now).utf8)
        var verifier = try TokenVerifier(rules: rules)
        let first = try #require(verifier.verify(token.span, now: Self.now).identity)
        let second = try #require(verifier.verify(token.span, now: Self.now + 1).identity)
        #expect(first === second)
    }

    @Test("stays good when another key comes first, of whatever algorithm, and is unknown when its key is gone")
    func rotation() throws {
        let keys = [
            TokenKey(id: "2026-01", secret: TokenFixture.secret),
            TokenKey(id: "2026-04", privateKey: try TokenKeys.key(.es256)),
            TokenKey(id: "2026-07", privateKey: try TokenKeys.key(.edDSA)),
            TokenKey(id: "2026-10", privateKey: try TokenKeys.key(.rs256)),
        ]
        var tokens: [[UInt8]] = []
        var verifier = try TokenVerifier(rules: TokenFixture.rules(keys: [keys[0]]))
        for count in 1...keys.count {
            let rules = try TokenFixture.rules(keys: keys[..<count].reversed())
            try verifier.adopt(rules)
            tokens.append(Array(try #require(TokenSigner(rules: rules)).sign(Self.claims, now: Self.now).utf8))
            for token in tokens {
                let verdict = verifier.verify(token.span, now: Self.now)
                #expect(verdict.identity != nil, "\(count) keys")
            }
        }
        for removed in 1..<keys.count {
            try verifier.adopt(TokenFixture.rules(keys: keys[removed...].reversed()))
            for (index, token) in tokens.enumerated() {
                let verdict = verifier.verify(token.span, now: Self.now)
                #expect(verdict.fault == (index < removed ? .keyUnknown : nil))
            }
        }
    }

    @Test("is not taken under another algorithm than its key's", arguments: SignatureAlgorithm.allCases)
    func confusion(_ algorithm: SignatureAlgorithm) throws {
        let key = try TokenKeys.key(algorithm)
        for other in ["HS256", "ES256", "EdDSA", "RS256"] where other != algorithm.rawValue {
            let token = try TokenFixture.token(header: Self.header(other), claims: TokenFixture.claims([:]), key: key)
            #expect(try Self.verdict(token, algorithm).fault == .algorithm)
        }
        for other in ["none", "ES384", "ES512", "RS384", "RS512", "PS256", "Ed25519", "es256", "ES256K", "HS512"] {
            let token = try TokenFixture.token(header: Self.header(other), claims: TokenFixture.claims([:]), key: key)
            #expect(try Self.verdict(token, algorithm).fault == .algorithm, "\(other)")
        }
    }

    @Test(
        "cannot be made with the public key as an HS256 secret, in whatever form",
        arguments: SignatureAlgorithm.allCases
    )
    func publicKeyAsSecret(_ algorithm: SignatureAlgorithm) throws {
        let key = try TokenKeys.key(algorithm)
        let pem = try TokenKeys.pem(TokenKeys.name(algorithm) + ".pub")
        let numbers: [[UInt8]] =
            switch key.publicKey.parameters {
            case .p256(let x, let y): [x, y, [4] + x + y]
            case .ed25519(let x): [x]
            case .rsa(let n, let e): [n, n + e]
            }
        let jwk = Array(TokenKeys.jwk(key.publicKey, id: "k").utf8)
        for secret in [pem, Array(pem.dropLast()), jwk] + numbers {
            for name in ["HS256", algorithm.rawValue] {
                let token = try TokenFixture.token(header: Self.header(name), secret: secret)
                let fault = try Self.verdict(token, algorithm).fault
                #expect(fault == (name == "HS256" ? .algorithm : .signature))
            }
        }
    }

    @Test(
        "cannot bring its own key or name a file",
        arguments: ["jwk", "jku", "x5u", "x5c", "kid"]
    )
    func ownKey(_ name: String) throws {
        let attacker = try TokenKeys.otherES256()
        let value: String =
            switch name {
            case "jwk": TokenKeys.jwk(attacker.publicKey, id: "k")
            case "x5c": #"["MIIB"]"#
            default: #""https://attacker.example/keys""#
            }
        let header =
            name == "kid"
            ? #"{"alg":"ES256","kid":"../../../tmp/key.pem","typ":"at+jwt"}"#
            : Self.header("ES256", more: #","\#(name)":\#(value)"#)
        let token = try TokenFixture.token(header: header, claims: TokenFixture.claims([:]), key: attacker)
        #expect(try Self.verdict(token, .es256).fault == (name == "kid" ? .keyUnknown : .signature))
    }

    @Test(
        "is refused for crit and b64",
        arguments: [#","crit":["exp"]"#, #","b64":false"#, #","crit":["b64"],"b64":false"#]
    )
    func extensions(_ more: String) throws {
        let header = Self.header("ES256", more: more)
        let key = try TokenKeys.key(.es256)
        let token = try TokenFixture.token(header: header, claims: TokenFixture.claims([:]), key: key)
        #expect(try Self.verdict(token, .es256).fault == .extensions)
    }

    @Test("is refused with r or s zero, r or s the order, a cut, longer or DER-encoded signature")
    func es256Signatures() throws {
        let key = try TokenKeys.key(.es256)
        let token = try TokenFixture.token(header: Self.header("ES256"), claims: TokenFixture.claims([:]), key: key)
        let dot = try #require(token.lastIndex(of: UInt8(ascii: ".")))
        let signed = Array(token[..<dot])
        let encoded = Array(token[(dot + 1)...])
        let decoded = Base64URL.decode(encoded.span)
        let good = try #require(decoded)
        let zero = [UInt8](repeating: 0, count: 32)
        let order: [UInt8] = [
            0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD,
            0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
        ]
        let (r, s) = (Array(good.prefix(32)), Array(good.suffix(32)))
        let der = [0x30, 0x46, 0x02, 0x21, 0] + r + [0x02, 0x21, 0] + s
        let signatures = [
            zero + zero, zero + s, r + zero, order + order, order + s, r + order, der, Array(good.dropLast()),
            good + [0], [0] + good, s + r, Array(good.prefix(32)),
        ]
        #expect(try Self.verdict(Self.join(signed, good), .es256).identity != nil)
        for signature in signatures {
            #expect(try Self.verdict(Self.join(signed, signature), .es256).fault == .signature)
        }
    }

    @Test(
        "is refused in another spelling, with padding, or with dots behind it",
        arguments: SignatureAlgorithm.allCases
    )
    func spelling(_ algorithm: SignatureAlgorithm) throws {
        let header = Self.header(algorithm.rawValue)
        let key = try TokenKeys.key(algorithm)
        let token = try TokenFixture.token(header: header, claims: TokenFixture.claims([:]), key: key)
        #expect(try Self.verdict(token, algorithm).identity != nil)
        for (suffix, fault) in [("=", TokenFault.encoding), ("==", .encoding), (".", .malformed), (" ", .encoding)] {
            #expect(try Self.verdict(token + Array(suffix.utf8), algorithm).fault == fault)
        }
        // 64 and 256 bytes leave four unused bits in the last character.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var other = token
        let last = try #require(alphabet.firstIndex(of: other[other.count - 1]))
        other[other.count - 1] = alphabet[last + 1]
        #expect(try Self.verdict(other, algorithm).fault == .encoding)
    }

    @Test("never verifies after a random change", arguments: SignatureAlgorithm.allCases)
    func mutations(_ algorithm: SignatureAlgorithm) throws {
        let header = Self.header(algorithm.rawValue)
        let key = try TokenKeys.key(algorithm)
        let good = try TokenFixture.token(header: header, claims: TokenFixture.claims([:]), key: key)
        var random = SeededGenerator.printingSeed()
        var verifier = try TokenVerifier(rules: Self.rules(algorithm))
        for _ in 0..<500 {
            var changed = good
            changed[Int.random(in: 0..<good.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let goodVerdict = verifier.verify(good.span, now: Self.now)
            let verdict = verifier.verify(changed.span, now: Self.now)
            #expect(goodVerdict.identity != nil)
            #expect(verdict.fault != nil)
        }
    }

    private static func join(_ signed: [UInt8], _ signature: [UInt8]) -> [UInt8] {
        signed + [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
    }
}
