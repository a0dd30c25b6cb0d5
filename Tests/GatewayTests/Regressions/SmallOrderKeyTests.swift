import Configuration
import Cryptography
import Testing

@testable import Gateway

/// The neutral point of Ed25519 in a JWK Set was taken for a key. With S of zero and that point as R, every message is signed.
@Suite("A key that anybody can sign for is none")
struct SmallOrderKeyTests {
    private static let neutral = [1] + [UInt8](repeating: 0, count: 31)

    @Test("in an issuer's JWK Set")
    func forgery() throws {
        let jwk = #"{"kty":"OKP","crv":"Ed25519","kid":"f1","x":"\#(TokenFixture.text(Self.neutral))"}"#
        var keys = IssuerKeys(issuers: 1)
        _ = keys.replace(0, with: try JSONWebKeySet(Array(#"{"keys":[\#(jwk)]}"#.utf8)))
        #expect(keys.count(of: 0) == 0)
        var verifier = try TokenVerifier(
            rules: TokenFixture.rules(issuers: [ForeignIssuer(issuer: "https://login.example.com", audience: "a")]),
            issuerKeys: keys
        )
        let header = TokenFixture.text(Array(#"{"alg":"EdDSA","kid":"f1"}"#.utf8))
        let claims = #"{"iss":"https://login.example.com","aud":"a","sub":"anybody","exp":\#(TokenFixture.now + 60)}"#
        let signature = Self.neutral + [UInt8](repeating: 0, count: 32)
        let forged = Array("\(header).\(TokenFixture.text(Array(claims.utf8))).\(TokenFixture.text(signature))".utf8)
        let verdict = verifier.verify(forged.span, now: TokenFixture.now)
        #expect(verdict.fault == .keyUnknown)
    }
}
