import Cryptography

@testable import Gateway

/// Tokens made by hand, so that the verifier is tested against something other than our own signer.
enum TokenFixture {
    static let now: Int64 = 1_800_000_000
    static let app = "wx4f4bc4dec97d474b"
    static let otherApp = "wx0000000000000000"
    static let issuer = "https://gateway.example.com"
    static let secret = [UInt8](1...32)
    static let header = #"{"alg":"HS256","kid":"k1","typ":"at+jwt"}"#

    /// Claims as raw JSON, in order.
    static let claims: [(name: String, json: String)] = [
        ("iss", "\"\(issuer)\""), ("sub", #""alice""#), ("aud", "\"\(app)\""), ("client_id", "\"\(app)\""),
        ("iat", "\(now)"), ("exp", "\(now + 60)"), ("jti", #""0123456789abcdefghijkl""#), ("sid", #""session-1""#),
        ("oid", #""oGZUI0egBJY1zhBYw2KhdUfwVJJE""#), ("uid", #""ocMvos6NjeKLIBqg5Mr9QjxrP1FA""#), ("step", "1"),
    ]

    static func rules(
        keys: [TokenKey] = [TokenKey(id: "k1", secret: secret)],
        issuer: String = issuer,
        audiences: [String] = [app, otherApp],
        lifetime: Int64 = 7200,
        issuers: [ForeignIssuer] = []
    ) throws -> TokenRules {
        try TokenRules(
            issuer: issuer,
            audiences: audiences,
            lifetimeSeconds: lifetime,
            keys: keys,
            issuers: issuers
        )
    }

    /// The claims with some replaced or added (raw JSON), and some left out (nil).
    static func claims(_ changes: [String: String?]) -> String {
        var members = claims.compactMap { claim -> String? in
            guard let change = changes[claim.name] else { return "\"\(claim.name)\":\(claim.json)" }
            return change.map { "\"\(claim.name)\":\($0)" }
        }
        let known = Set(claims.map(\.name))
        for (name, json) in changes.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            if let json { members.append("\"\(name)\":\(json)") }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: Base64URL.encode(bytes.span), as: UTF8.self) }

    /// Signs whatever it is given.
    static func token(
        header: String = header,
        claims: String = claims([:]),
        secret: [UInt8] = secret
    ) throws -> [UInt8] {
        try signed(text(Array(header.utf8)) + "." + text(Array(claims.utf8)), secret: secret)
    }

    static func signed(_ input: String, secret: [UInt8] = secret) throws -> [UInt8] {
        let bytes = Array(input.utf8)
        let code = try HMACSHA256.code(of: bytes.span, key: secret.span)
        return bytes + [UInt8(ascii: ".")] + Base64URL.encode(code.span)
    }

    /// Signs whatever it is given with a key of any algorithm.
    static func token(header: String, claims: String, key: PrivateKey) throws -> [UInt8] {
        let input = Array((text(Array(header.utf8)) + "." + text(Array(claims.utf8))).utf8)
        let signature = try key.sign(input.span)
        return input + [UInt8(ascii: ".")] + Base64URL.encode(signature.span)
    }

    /// What a verifier that has seen nothing before says.
    static func verdict(
        _ token: [UInt8],
        rules: TokenRules? = nil,
        now: Int64 = now
    ) throws -> Verdict {
        var verifier = try TokenVerifier(rules: rules ?? Self.rules())
        return verifier.verify(token.span, now: now)
    }
}

extension Verdict {
    var identity: Identity? {
        if case .valid(let identity) = self { identity } else { nil }
    }

    var fault: TokenFault? {
        if case .invalid(let fault) = self { fault } else { nil }
    }

    /// The verdict in a form that can be compared.
    var summary: String {
        switch self {
        case .valid(let identity):
            "valid \(String(decoding: identity.userID, as: UTF8.self)) until \(identity.expiresAt)"
        case .expired: "expired"
        case .invalid(let fault): fault.rawValue
        }
    }
}

extension Identity {
    /// What services get, as text.
    var serviceFields: String { String(decoding: text[..<serviceFieldsCount], as: UTF8.self) }

    /// The token that was verified.
    var token: [UInt8] { Array(text[serviceFieldsCount...]) }
}
