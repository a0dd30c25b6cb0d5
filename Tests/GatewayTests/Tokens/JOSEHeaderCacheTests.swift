import Cryptography
import RandomJSON
import Testing

@testable import Gateway

@Suite("Headers of good tokens")
struct JOSEHeaderCacheTests {
    @Test("are known by their whole text only")
    func wholeText() throws {
        let token = try TokenFixture.token()
        let head = try TokenHead(token.span)
        let text = Array(token[head.parts.header])
        var known = JOSEHeaderCache()
        #expect(!Self.knows(known, text))
        known.remember(text.span, head.header)
        let header = known.header(text.span)
        let found = try #require(header)
        #expect(found.keyID == Array("k1".utf8))
        #expect(found.algorithm == .hs256)
        let again = try TokenHead(token.span, known: known)
        #expect(!head.isKnown && again.isKnown)
        for index in text.indices {
            var other = text
            other[index] ^= 1
            #expect(!Self.knows(known, other))
        }
        for other in [text + [0x41], Array(text.dropLast()), []] { #expect(!Self.knows(known, other)) }
    }

    @Test("are kept up to a number: the oldest makes way")
    func bound() throws {
        let token = try TokenFixture.token()
        let header = try TokenHead(token.span).header
        var known = JOSEHeaderCache()
        let texts = (0..<20).map { [UInt8](repeating: $0, count: 40) }
        for text in texts { known.remember(text.span, header) }
        let kept = texts.map { Self.knows(known, $0) }
        #expect(kept == texts.indices.map { $0 >= texts.count - JOSEHeaderCache.capacity })
    }

    @Test("change no verdict, whatever came before and under whatever rules")
    func verdicts() throws {
        var random = SeededGenerator.printingSeed()
        let es256 = try TokenKeys.key(.es256)
        let rules = [
            try TokenFixture.rules(),
            try TokenFixture.rules(keys: [TokenKey(id: "k1", privateKey: es256)]),
            try TokenFixture.rules(keys: [TokenKey(id: "k2", secret: TokenFixture.secret)]),
            try TokenFixture.rules(keys: [TokenKey(id: "k1", secret: [UInt8](repeating: 9, count: 32))]),
        ]
        let headers =
            TokenAttackTests.refusedHeaders.map(\.json) + [
                TokenFixture.header, #"{"typ":"at+jwt","alg":"HS256","kid":"k1"}"#,
                #"{"alg":"HS256","kid":"k2","typ":"at+jwt"}"#, #"{"alg":"ES256","kid":"k1","typ":"at+jwt"}"#,
            ]
        var verifier = try TokenVerifier(rules: rules[0], cacheCapacity: 0)
        var current = 0
        var taken = 0
        for number in 0..<2000 {
            if Int.random(in: 0..<50, using: &random) == 0 {
                current = Int.random(in: 0..<rules.count, using: &random)
                try verifier.adopt(rules[current])
            }
            var header = TokenFixture.header
            if Bool.random(using: &random) { header = headers.randomElement(using: &random) ?? header }
            let token = try TokenFixture.token(
                header: header,
                claims: TokenFixture.claims(["sub": "\"u-\(number)\""])
            )
            let verdict = verifier.verify(token.span, now: TokenFixture.now).summary
            let expected = try TokenFixture.verdict(token, rules: rules[current]).summary
            #expect(verdict == expected, "\(header) under rules \(current)")
            if verdict.hasPrefix("valid") { taken += 1 }
        }
        #expect(taken > 0)
    }

    private static func knows(_ known: JOSEHeaderCache, _ text: [UInt8]) -> Bool {
        let header = known.header(text.span)
        return header != nil
    }
}
