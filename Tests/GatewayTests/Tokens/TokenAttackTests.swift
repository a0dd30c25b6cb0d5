import Cryptography
import RandomJSON
import Testing

@testable import Gateway

@Suite("A token made by hand")
struct TokenAttackTests {
    typealias Header = (json: String, fault: TokenFault)

    static let refusedHeaders: [Header] = [
        (#"{"alg":"none","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"alg":"None","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"alg":"","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"alg":"hs256","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"alg":"HS512","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"alg":"RS256","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#, .algorithm),
        (#"{"kid":"k1","typ":"at+jwt"}"#, .header),
        (#"{"alg":null,"kid":"k1"}"#, .header),
        (#"{"alg":["HS256"],"kid":"k1"}"#, .header),
        (#"{"alg":"HS256","alg":"none","kid":"k1"}"#, .header),
        (#"{"alg":"HS256","\u0061lg":"HS256","kid":"k1"}"#, .header),
        (#"{"alg":"HS256","typ":"at+jwt"}"#, .keyIDMissing),
        (#"{"alg":"HS256","kid":"","typ":"at+jwt"}"#, .keyUnknown),
        (#"{"alg":"HS256","kid":"k2","typ":"at+jwt"}"#, .keyUnknown),
        (#"{"alg":"HS256","kid":"K1","typ":"at+jwt"}"#, .keyUnknown),
        (#"{"alg":"HS256","kid":"../../dev/null","typ":"at+jwt"}"#, .keyUnknown),
        (#"{"alg":"HS256","kid":"k1' OR '1'='1","typ":"at+jwt"}"#, .keyUnknown),
        (#"{"alg":"HS256","kid":1,"typ":"at+jwt"}"#, .header),
        (#"{"alg":"HS256","kid":"k1","kid":"k1"}"#, .header),
        (#"{"alg":"HS256","kid":"k1"}"#, .type),
        (#"{"alg":"HS256","kid":"k1","typ":"JWT"}"#, .type),
        (#"{"alg":"HS256","kid":"k1","typ":"id+jwt"}"#, .type),
        (#"{"alg":"HS256","kid":"k1","typ":""}"#, .type),
        (#"{"alg":"HS256","kid":"k1","typ":7}"#, .header),
        (#"{"alg":"HS256","kid":"k1","typ":"at+jwt","crit":["exp"]}"#, .extensions),
        (#"{"alg":"HS256","kid":"k1","typ":"at+jwt","crit":[]}"#, .extensions),
        (#"{"alg":"HS256","kid":"k1","typ":"at+jwt","b64":false,"crit":["b64"]}"#, .extensions),
        (#"{"alg":"HS256","kid":"k1","typ":"at+jwt","b64":true}"#, .extensions),
        (#"["HS256"]"#, .header),
        (#""HS256""#, .header),
        ("{", .header),
        (#"{"alg":"HS256","kid":"k1",}"#, .header),
        (#"{"alg":"HS256","kid":"k1","x":[[[[1]]]]}"#, .header),
        (#"{"alg":"HS256","kid":"k1","x":""# + String(repeating: "x", count: 500) + #""}"#, .tooLarge),
    ]

    @Test("is refused for its header, though the signature is right", arguments: refusedHeaders)
    func header(_ header: Header) throws {
        #expect(try TokenFixture.verdict(TokenFixture.token(header: header.json)).fault == header.fault)
    }

    @Test(
        "is taken with every spelling of its type",
        arguments: [
            #"{"alg":"HS256","kid":"k1","typ":"at+jwt"}"#, #"{"alg":"HS256","kid":"k1","typ":"AT+JWT"}"#,
            #"{"alg":"HS256","kid":"k1","typ":"application/at+jwt"}"#,
            #" { "typ" : "at+jwt" , "kid" : "k1" , "alg" : "HS256" , "cty" : "x" } "#,
        ]
    )
    func types(_ header: String) throws {
        #expect(try TokenFixture.verdict(TokenFixture.token(header: header)).identity != nil)
    }

    @Test(
        "cannot bring its own key",
        arguments: [#""jwk":{"kty":"oct","k":"KEY"}"#, #""jku":"http://x/""#, #""x5u":"/""#]
    )
    func embeddedKey(_ member: String) throws {
        let own = [UInt8](repeating: 7, count: 32)
        let header =
            #"{"alg":"HS256","kid":"k1","typ":"at+jwt","#
            + member.split(separator: "KEY").joined(separator: TokenFixture.text(own)) + "}"
        #expect(try TokenFixture.verdict(TokenFixture.token(header: header, secret: own)).fault == .signature)
    }

    typealias Claims = (changes: [String: String?], fault: TokenFault)

    static let refusedClaims: [Claims] = [
        (["iss": nil], .issuer), (["iss": #""https://gateway.example.com/""#], .issuer),
        (["iss": #"["https://gateway.example.com"]"#], .issuer),
        (["aud": nil], .audience), (["aud": #""wx""#], .audience), (["aud": "[]"], .audience),
        (["aud": "null"], .audience), (["aud": #"{"a":"wx4f4bc4dec97d474b"}"#], .audience),
        (["aud": #"["wx4f4bc4dec97d474b",1]"#], .audience),
        (["aud": #"["wx4f4bc4dec97d474b","wx0000000000000000"]"#], .audience),
        (["aud": #"[["wx4f4bc4dec97d474b"]]"#], .audience),
        (["client_id": #""wx0000000000000000""#], .client), (["client_id": "1"], .client),
        (["client_id": #""someone""#], .client),
        (["exp": nil], .expiry), (["exp": #""1800000060""#], .expiry), (["exp": "1800000060.0"], .expiry),
        (["exp": "1.8e9"], .expiry), (["exp": "9007199254740993"], .expiry), (["exp": "-1"], .expiry),
        (["exp": "99999999999999999999999"], .expiry), (["exp": "null"], .expiry), (["exp": "true"], .expiry),
        (["exp": "[1800000060]"], .expiry),
        (["nbf": "1800000001"], .notYetValid), (["nbf": #""0""#], .notBefore), (["nbf": "0.5"], .notBefore),
        (["iat": "1.5"], .issuedAt), (["iat": #""now""#], .issuedAt), (["iat": "-5"], .issuedAt),
        (["sub": nil], .subject), (["sub": #""""#], .subject), (["sub": "42"], .subject),
        (["sub": #""a b""#], .subject), (["sub": #""a\r\nx-wx-source: evil""#], .subject),
        (["sub": #""\u0000""#], .subject), (["sub": #""é""#], .subject), (["sub": #""\u007f""#], .subject),
        (["sub": "\"" + String(repeating: "a", count: 257) + "\""], .subject),
        (["sid": nil], .session), (["sid": "null"], .session), (["oid": "null"], .openid), (["oid": #""\n""#], .openid),
        (["uid": #""""#], .unionid), (["uid": "null"], .unionid), (["jti": "7"], .tokenID),
        (["step": nil], .step), (["step": "0"], .step), (["step": "4"], .step), (["step": "1.0"], .step),
        (["step": #""1""#], .step), (["phone": "1"], .phone), (["phone": #""true""#], .phone),
        (["phone": "null"], .phone),
        (["deep": "[[[[[[[[1]]]]]]]]"], .claims),
    ]

    @Test("is refused for its claims", arguments: refusedClaims)
    func claims(_ claims: Claims) throws {
        let token = try TokenFixture.token(claims: TokenFixture.claims(claims.changes))
        #expect(try TokenFixture.verdict(token).fault == claims.fault)
    }

    @Test(
        "is taken as long as it is right",
        arguments: [
            ["iat": nil], ["jti": nil], ["client_id": nil], ["iat": nil, "jti": nil, "client_id": nil], ["uid": nil],
            ["oid": nil], ["phone": "true"], ["phone": "false"], ["iat": "1900000000"],
            ["nbf": "1800000000"], ["iat": "1800000005"], ["exp": "9007199254740992"],
            ["aud": #"["wx4f4bc4dec97d474b"]"#], ["aud": #"["elsewhere","wx4f4bc4dec97d474b","wx4f4bc4dec97d474b"]"#],
            ["sub": #""\u0061lice""#], ["sub": "\"" + String(repeating: "a", count: 256) + "\""],
            ["unknown": #"{"a":[1,2,{"b":null}]}"#],
        ] as [[String: String?]]
    )
    func taken(_ changes: [String: String?]) throws {
        let token = try TokenFixture.token(claims: TokenFixture.claims(changes))
        #expect(try TokenFixture.verdict(token).identity != nil)
    }

    @Test(
        "is refused where the claims are no object of distinct members",
        arguments: [
            "", "null", "[]", "{", #"{"exp":1,"exp":2}"#, #"{"sub":"a","su\u0062":"b"}"#, "{}x", "\u{feff}{}",
            #"{"a":{"b":1,"b":2}}"#,
        ]
    )
    func payloads(_ payload: String) throws {
        #expect(try TokenFixture.verdict(TokenFixture.token(claims: payload)).fault == .claims)
    }

    typealias Edit = (name: String, fault: TokenFault, edit: @Sendable (String) -> String)

    static let edits: [Edit] = [
        ("empty", .malformed, { _ in "" }),
        ("one dot", .malformed, { _ in "a.b" }),
        ("dots only", .malformed, { _ in ".." }),
        ("trailing dot", .malformed, { $0 + "." }),
        ("leading dot", .malformed, { "." + $0 }),
        ("five parts (JWE)", .malformed, { $0 + ".a.b" }),
        ("no signature", .malformed, { String($0[...($0.lastIndex(of: ".") ?? $0.startIndex)]) }),
        ("no header", .malformed, { String($0[($0.firstIndex(of: ".") ?? $0.startIndex)...]) }),
        ("padded signature", .signature, { $0 + "=" }),
        ("signature with white space", .signature, { $0 + " " }),
        ("signature cut", .signature, { String($0.dropLast()) }),
        ("empty payload", .signature, { parts($0) { $0[1] = "" } }),
        ("padded header", .encoding, { parts($0) { $0[0] += "=" } }),
        ("white space in the header", .encoding, { parts($0) { $0[0] = " " + $0[0] } }),
        ("padded payload", .signature, { parts($0) { $0[1] += "=" } }),
        ("parts exchanged", .header, { parts($0) { $0.swapAt(0, 1) } }),
        ("quoted", .encoding, { "\"" + $0 + "\"" }),
        ("with its scheme", .encoding, { "Bearer " + $0 }),
        ("over 8192 bytes", .tooLarge, { $0 + String(repeating: "a", count: 8192) }),
        ("large header", .tooLarge, { parts($0) { $0[0] = String(repeating: "a", count: 700) } }),
        ("JSON serialisation", .malformed, { #"{"payload":"\#($0)"}"#.split(separator: ".").joined() }),
    ]

    @Test("is refused for its form", arguments: edits.indices)
    func form(_ index: Int) throws {
        let edit = Self.edits[index]
        let token = String(decoding: try TokenFixture.token(), as: UTF8.self)
        #expect(try TokenFixture.verdict(Array(edit.edit(token).utf8)).fault == edit.fault, "\(edit.name)")
    }

    @Test("is refused in its second spelling: unused bits of the last character are zero")
    func spelling() throws {
        var token = try TokenFixture.token()
        // 32 bytes leave two unused bits in the last of 43 characters, so the alphabet's next character is the same code.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let last = try #require(alphabet.firstIndex(of: token[token.count - 1]))
        token[token.count - 1] = alphabet[last + 1]
        #expect(try TokenFixture.verdict(token).fault == .encoding)
    }

    @Test("is refused where the payload is not canonical, though what is signed is")
    func signedSpelling() throws {
        let header = TokenFixture.text(Array(TokenFixture.header.utf8))
        for payload in ["AB", "e30=", "e30 ", "e 30", "A", "\u{e9}"] {
            #expect(try TokenFixture.verdict(TokenFixture.signed(header + "." + payload)).fault == .encoding)
        }
    }

    @Test("never verifies after a random change, by a verifier that knows the good one")
    func mutations() throws {
        let good = try TokenFixture.token()
        var random = SeededGenerator.printingSeed()
        var verifier = try TokenVerifier(rules: TokenFixture.rules())
        for _ in 0..<10_000 {
            var changed = good
            for _ in 0...Int.random(in: 0..<3, using: &random) { Self.mutate(&changed, using: &random) }
            guard changed != good else { continue }
            let goodVerdict = verifier.verify(good.span, now: TokenFixture.now)
            let verdict = verifier.verify(changed.span, now: TokenFixture.now)
            #expect(goodVerdict.identity != nil)
            #expect(verdict.fault != nil, "\(String(decoding: changed, as: UTF8.self))")
        }
    }

    private static func mutate(_ token: inout [UInt8], using random: inout SeededGenerator) {
        let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= ".utf8)
        let index = Int.random(in: 0..<token.count, using: &random)
        let byte = characters.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<6, using: &random) {
        case 0: token[index] = byte
        case 1: token[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: token.insert(byte, at: index)
        case 3: token.remove(at: index)
        case 4: token.swapAt(index, Int.random(in: 0..<token.count, using: &random))
        default: token.removeLast(min(token.count - 1, Int.random(in: 1..<80, using: &random)))
        }
    }

    private static func parts(_ token: String, _ edit: (inout [String]) -> Void) -> String {
        var parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        edit(&parts)
        return parts.joined(separator: ".")
    }
}
