import Configuration
import Cryptography
import Foundation
import JSON
import Testing

@testable import Gateway

@Suite("/.well-known/jwks.json")
struct JWKSDocumentTests {
    private static func document() throws -> JWKSDocument {
        let rules = try TokenFixture.rules(keys: [
            TokenKey(id: "hmac", secret: TokenFixture.secret),
            TokenKey(id: "ec", privateKey: TokenKeys.key(.es256)),
            TokenKey(id: "ed", publicKey: TokenKeys.key(.edDSA).publicKey),
            TokenKey(id: "rsa", privateKey: TokenKeys.key(.rs256)),
        ])
        return JWKSDocument(rules: rules, identityKey: try IdentityKey(id: "idt", privateKey: TokenKeys.otherES256()))
    }

    @Test("holds the public halves of all asymmetric keys, in order, with name, algorithm and use")
    func contents() throws {
        let root = try JSONReader().read(Self.document().bytes)
        let keys = try #require(root["keys"]?.elements)
        #expect(keys.map { $0["kid"]?.string } == ["ec", "ed", "rsa", "idt"])
        #expect(keys.map { $0["alg"]?.string } == ["ES256", "EdDSA", "RS256", "ES256"])
        #expect(keys.map { $0["kty"]?.string } == ["EC", "OKP", "RSA", "EC"])
        #expect(keys.allSatisfy { $0["use"]?.string == "sig" })
        #expect(keys[2]["e"]?.string == "AQAB")
    }

    @Test("holds nothing secret: no symmetric key, no private number, and no member but the public ones")
    func secrets() throws {
        let document = try Self.document()
        let text = String(decoding: document.bytes, as: UTF8.self)
        #expect(!text.contains(TokenFixture.text(TokenFixture.secret)))
        #expect(!text.contains("hmac") && !text.contains("oct"))
        let keys = try #require(JSONReader().read(document.bytes)["keys"]?.elements)
        let known: Set<String> = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"]
        for key in keys { #expect(Set((key.members ?? []).map(\.name)).isSubset(of: known)) }
    }

    @Test("is a set that an issuer of ours could be verified with")
    func readBack() throws {
        let set = try JSONWebKeySet(Self.document().bytes)
        #expect(set.keys.map { String(decoding: $0.id, as: UTF8.self) } == ["ec", "ed", "rsa", "idt"])
        #expect(set.keys[0].publicKey.parameters == (try TokenKeys.key(.es256)).publicKey.parameters)
    }

    @Test("is an empty set where all keys are symmetric")
    func empty() throws {
        let document = JWKSDocument(rules: try TokenFixture.rules())
        #expect(String(decoding: document.bytes, as: UTF8.self) == #"{"keys":[]}"#)
    }
}
