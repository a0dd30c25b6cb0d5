import Cryptography

/// Checks signatures against the configured keys. Not for two threads at once: each key has one MAC context.
struct SignatureVerifier {
    private let keys: [VerificationKey]

    init(keys: [TokenKey]) throws(CryptographyError) {
        var built: [VerificationKey] = []
        for key in keys { built.append(try VerificationKey(key)) }
        self.keys = built
    }

    /// The header and the decoded payload of a token whose signature is good; the payload is any bytes.
    ///
    /// `kid` chooses the key, also where there is one only: else a second key would change which tokens are taken. The
    /// `alg` must be the one that key is bound to. The payload is not looked at before the signature is known.
    func verify(_ token: Span<UInt8>) throws(TokenFault) -> (header: JOSEHeader, payload: [UInt8]) {
        let parts = try CompactJWS(token)
        guard parts.header.count <= Base64URL.encodedCount(of: JOSEHeader.maximumCount) else { throw .tooLarge }
        guard let headerBytes = Base64URL.decode(token.extracting(parts.header)) else { throw .encoding }
        let header = try JOSEHeader(headerBytes)
        guard let algorithm = TokenKey.Algorithm(rawValue: header.algorithm) else { throw .algorithm }
        guard let keyID = header.keyID else { throw .keyIDMissing }
        guard let key = keys.first(where: { $0.id == keyID }) else { throw .keyUnknown }
        guard key.algorithm == algorithm else { throw .algorithm }
        try key.check(token.extracting(parts.signature), over: token.extracting(parts.signed))
        guard let payload = Base64URL.decode(token.extracting(parts.payload)) else { throw .encoding }
        return (header, payload)
    }
}

/// A configured key, ready to verify.
final class VerificationKey {
    let id: [UInt8]
    let algorithm: TokenKey.Algorithm
    private var mac: HMACSHA256

    init(_ key: TokenKey) throws(CryptographyError) {
        id = Array(key.id.utf8)
        algorithm = key.algorithm
        mac = try HMACSHA256(key: key.secret.span)
    }

    /// Whether `signature`, in base64url, is this key's over `signed`.
    func check(_ signature: Span<UInt8>, over signed: Span<UInt8>) throws(TokenFault) {
        guard signature.count == Base64URL.encodedCount(of: 32) else { throw .signature }
        var given = Bytes32(repeating: 0)
        var storage = given.mutableSpan
        guard Base64URL.decode(signature, into: &storage) != nil else { throw .encoding }
        let expected: Bytes32
        do { expected = try mac.authenticate(signed) } catch { throw .cryptography }
        guard constantTimeEquals(given.span, expected.span) else { throw .signature }
    }
}
