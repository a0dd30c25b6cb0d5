import Configuration
import Cryptography
import JSON
import RandomJSON
import Testing

@testable import Gateway

@Suite("The identity token for services")
struct IdentityTokenTests {
    private static let now = TokenFixture.now

    private static func key() throws -> IdentityKey { try IdentityKey(id: "idt", privateKey: TokenKeys.key(.es256)) }

    private static func signer(capacity: Int = 64) throws -> IdentityTokenSigner {
        try #require(
            IdentityTokenSigner(
                key: key(),
                issuer: TokenFixture.issuer,
                services: ["orders", "stock"],
                cacheCapacity: capacity
            )
        )
    }

    private static func identity(_ changes: [String: String?] = [:]) throws -> Identity {
        try #require(try TokenFixture.verdict(TokenFixture.token(claims: TokenFixture.claims(changes))).identity)
    }

    private static func part(_ token: [UInt8], _ index: Int) throws -> JSONNode {
        let part = Array(token.split(separator: UInt8(ascii: "."))[index])
        let bytes = Base64URL.decode(part.span)
        return try JSONReader().read(try #require(bytes))
    }

    private static func field(
        _ signer: inout IdentityTokenSigner,
        _ identity: Identity,
        _ service: Int,
        _ now: Int64
    ) throws -> [UInt8] {
        let token = signer.field(for: identity, service: service, now: now)
        return try #require(token)
    }

    @Test("says for a minute who asks, to one service, signed by the key that the gateway publishes")
    func claims() throws {
        var signer = try Self.signer()
        let token = try Self.field(&signer, Self.identity(), 1, Self.now)
        let header = try Self.part(token, 0)
        #expect(header["alg"]?.string == "ES256")
        #expect(header["kid"]?.string == "idt")
        #expect(header["typ"]?.string == "menshen-identity+jwt")
        let claims = try Self.part(token, 1)
        #expect(claims["iss"]?.string == TokenFixture.issuer)
        #expect(claims["sub"]?.string == "alice")
        #expect(claims["aud"]?.string == "stock")
        #expect(claims["appId"]?.string == TokenFixture.app)
        #expect(claims["openid"]?.string == "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
        #expect(claims["iat"]?.integer == Self.now)
        #expect(claims["exp"]?.integer == Self.now + 60)
        #expect(claims["jti"]?.string?.utf8.count == 22)

        // As a service does it: the key by its kid, the signature, and then the claims.
        let document = JWKSDocument(rules: try TokenFixture.rules(), identityKey: try Self.key())
        let set = try JSONWebKeySet(document.bytes)
        let published = try #require(set.keys.first { $0.id == Array("idt".utf8) })
        let head = try TokenHead(token.span)
        try VerificationKey(id: published.id, publicKey: published.publicKey).check(token.span, head.parts)
    }

    @Test(
        "is refused at the edge, also by a gateway that has its key among the signing keys and its issuer among the foreign"
    )
    func edge() throws {
        var signer = try Self.signer()
        let token = try Self.field(&signer, Self.identity(), 0, Self.now)
        #expect(try TokenFixture.verdict(token).fault == .keyUnknown)
        let sameKey = TokenKey(id: "idt", privateKey: try TokenKeys.key(.es256))
        let rules = try TokenFixture.rules(keys: [sameKey], audiences: ["orders", TokenFixture.app])
        #expect(try TokenFixture.verdict(token, rules: rules).fault == .type)

        let foreign = ForeignIssuer(issuer: TokenFixture.issuer, audience: "orders")
        let document = JWKSDocument(rules: try TokenFixture.rules(), identityKey: try Self.key())
        var keys = IssuerKeys(issuers: 1)
        _ = keys.replace(0, with: try JSONWebKeySet(document.bytes))
        var verifier = try TokenVerifier(
            rules: TokenFixture.rules(issuer: "https://another.example", issuers: [foreign]),
            issuerKeys: keys
        )
        let verdict = verifier.verify(token.span, now: Self.now)
        #expect(verdict.fault == .type)
    }

    @Test("is the same for a user and service while it has 20 seconds left")
    func renewal() throws {
        var signer = try Self.signer()
        let identity = try Self.identity()
        let first = try Self.field(&signer, identity, 0, Self.now)
        let same = try Self.field(&signer, identity, 0, Self.now + 40)
        #expect(same == first)
        let second = try Self.field(&signer, identity, 0, Self.now + 41)
        #expect(second != first)
        #expect(try Self.part(second, 1)["iat"]?.integer == Self.now + 41)
        // A clock that was set back makes a new one, not one from the future.
        let third = try Self.field(&signer, identity, 0, Self.now + 30)
        #expect(try Self.part(third, 1)["iat"]?.integer == Self.now + 30)
    }

    @Test("is never another user's, app's or service's, whatever is remembered", arguments: [2, 8, 64])
    func model(_ capacity: Int) throws {
        var random = SeededGenerator.printingSeed()
        var signer = try Self.signer(capacity: capacity)
        let identities = try (0..<12).map { number in
            try Self.identity([
                "sub": "\"u\(number / 2)\"", "aud": "\"\(number % 2 == 0 ? TokenFixture.app : TokenFixture.otherApp)\"",
                "client_id": nil, "oid": number % 3 == 0 ? nil : "\"o\(number)\"",
            ])
        }
        var now = Self.now
        for _ in 0..<1500 {
            now += Int64.random(in: 0...3, using: &random)
            let identity = identities[Int.random(in: 0..<identities.count, using: &random)]
            let service = Int.random(in: 0...1, using: &random)
            let token = try Self.field(&signer, identity, service, now)
            let claims = try Self.part(token, 1)
            #expect(claims["sub"]?.string == String(decoding: identity.userID, as: UTF8.self))
            #expect(claims["appId"]?.string == identity.appID.map { String(decoding: $0, as: UTF8.self) })
            #expect(claims["openid"]?.string == identity.openid.map { String(decoding: $0, as: UTF8.self) })
            #expect(claims["aud"]?.string == (service == 0 ? "orders" : "stock"))
            let left = try #require(claims["exp"]?.integer) - now
            #expect((20...60).contains(left))
            #expect(signer.count <= capacity)
        }
    }

    @Test("keeps what is used when many users come")
    func hot() throws {
        var signer = try Self.signer(capacity: 8)
        let hot = try Self.identity()
        let first = try Self.field(&signer, hot, 0, Self.now)
        for number in 0..<100 {
            _ = try signer.field(for: Self.identity(["sub": "\"u\(number)\""]), service: 0, now: Self.now)
            let again = try Self.field(&signer, hot, 0, Self.now)
            #expect(again == first)
        }
    }

    @Test("is not made for a service that does not exist, nor with a key of another algorithm")
    func refused() throws {
        var signer = try Self.signer()
        let identity = try Self.identity()
        for service in [2, -1] {
            let token = signer.field(for: identity, service: service, now: Self.now)
            #expect(token == nil)
        }
        #expect(throws: KeyFault.wrongKind) { try IdentityKey(id: "x", privateKey: TokenKeys.key(.edDSA)) }
    }
}
