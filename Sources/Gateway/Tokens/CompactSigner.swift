import Cryptography
import JSON

/// Signs payloads of one type with one key (RFC 7515 section 7.1). One signer serves all threads.
struct CompactSigner: Sendable {
    private enum Key: Sendable {
        case secret([UInt8])
        case privateKey(PrivateKey)
    }

    private let key: Key
    /// The encoded header with its dot, constant for all tokens.
    private let prefix: [UInt8]

    /// Nil for a key that only verifies.
    init?(key: TokenKey, type: String) {
        switch key.material {
        case .secret(let secret): self.key = .secret(secret)
        case .privateKey(let privateKey): self.key = .privateKey(privateKey)
        case .publicKey: return nil
        }
        var header = JSONWriter()
        header.beginObject()
        header.member("alg", key.algorithm.rawValue)
        header.member("kid", key.id)
        header.member("typ", type)
        header.endObject()
        let bytes = header.bytes
        var prefix = Base64URL.encode(bytes.span)
        prefix.append(UInt8(ascii: "."))
        self.prefix = prefix
    }

    /// The token.
    func sign(_ payload: [UInt8]) throws(CryptographyError) -> [UInt8] {
        var token = prefix
        Base64URL.encode(payload.span, appendingTo: &token)
        let signed = token
        token.append(UInt8(ascii: "."))
        switch key {
        case .secret(let secret):
            let code = try HMACSHA256.code(of: signed.span, key: secret.span)
            Base64URL.encode(code.span, appendingTo: &token)
        case .privateKey(let privateKey):
            let signature = try privateKey.sign(signed.span)
            Base64URL.encode(signature.span, appendingTo: &token)
        }
        return token
    }

    /// 128 random bits for `jti`: no two tokens share one (RFC 7519 section 4.1.7).
    static func tokenID() throws(CryptographyError) -> String {
        let random = try SecureRandom.bytes(16)
        return String(decoding: Base64URL.encode(random.span), as: UTF8.self)
    }
}
