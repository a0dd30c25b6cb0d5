import Cryptography
import JSON

/// The content of `/.well-known/jwks.json` (RFC 7517 section 5): the public keys of the gateway's signing keys. HS256
/// keys have none. It changes with the configuration only.
package struct JWKSDocument: Sendable {
    /// The `content-type` (RFC 7517 section 8.5.2).
    package static let contentType = "application/jwk-set+json"

    /// The JSON text.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - rules: whose keys verify the gateway's own tokens.
    ///   - identityKey: signs identity tokens for services.
    package init(rules: TokenRules, identityKey: IdentityKey? = nil) {
        var writer = JSONWriter(reserving: 1024)
        writer.beginObject()
        writer.name("keys")
        writer.beginArray()
        for key in rules.keys {
            if let publicKey = key.publicKey { Self.write(key.id, publicKey, to: &writer) }
        }
        if let identityKey { Self.write(identityKey.id, identityKey.privateKey.publicKey, to: &writer) }
        writer.endArray()
        writer.endObject()
        bytes = writer.bytes
    }

    private static func write(_ id: String, _ key: PublicKey, to writer: inout JSONWriter) {
        writer.beginObject()
        switch key.parameters {
        case .p256(let x, let y):
            writer.member("kty", "EC")
            writer.member("crv", "P-256")
            number("x", x, to: &writer)
            number("y", y, to: &writer)
        case .ed25519(let x):
            writer.member("kty", "OKP")
            writer.member("crv", "Ed25519")
            number("x", x, to: &writer)
        case .rsa(let modulus, let exponent):
            writer.member("kty", "RSA")
            number("n", modulus, to: &writer)
            number("e", exponent, to: &writer)
        }
        writer.member("kid", id)
        writer.member("alg", key.algorithm.rawValue)
        writer.member("use", "sig")
        writer.endObject()
    }

    private static func number(_ name: String, _ bytes: [UInt8], to writer: inout JSONWriter) {
        writer.name(name)
        let text = Base64URL.encode(bytes.span)
        writer.string(text.span)
    }
}
