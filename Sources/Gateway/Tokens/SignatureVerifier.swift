import Cryptography

/// The form and the header of a token: all that may be read before a key is chosen.
struct TokenHead {
    let parts: CompactJWS
    let header: JOSEHeader
    /// Whether the header was not read, but known.
    let isKnown: Bool

    /// - Parameter known: headers that need not be read again.
    init(_ token: Span<UInt8>, known: JOSEHeaderCache = JOSEHeaderCache()) throws(TokenFault) {
        parts = try CompactJWS(token)
        let text = token.extracting(parts.header)
        if let header = known.header(text) {
            self.header = header
            isKnown = true
            return
        }
        guard text.count <= Base64URL.encodedCount(of: JOSEHeader.maximumCount) else { throw .tooLarge }
        guard let bytes = Base64URL.decode(text) else { throw .encoding }
        header = try JOSEHeader(bytes)
        isKnown = false
    }

    var algorithm: TokenKey.Algorithm { header.algorithm }
    var keyID: [UInt8] { header.keyID }

    /// The payload's bytes, of which nothing is known.
    func payload(of token: Span<UInt8>) throws(TokenFault) -> [UInt8] {
        guard let payload = Base64URL.decode(token.extracting(parts.payload)) else { throw .encoding }
        return payload
    }
}

/// The gateway's own keys. Not for two threads at once: each key of HS256 has one MAC context.
struct SignatureVerifier {
    private let keys: [VerificationKey]

    init(keys: [TokenKey]) throws(CryptographyError) {
        var built: [VerificationKey] = []
        for key in keys { built.append(try VerificationKey(key)) }
        self.keys = built
    }

    /// The key that a token is to be verified with: `kid` chooses it, and `alg` must be the one that it is bound to.
    func key(for head: TokenHead) throws(TokenFault) -> VerificationKey {
        guard let key = keys.first(where: { $0.id == head.keyID }) else { throw .keyUnknown }
        guard key.algorithm == head.algorithm else { throw .algorithm }
        return key
    }
}

/// A key, ready to verify with its one algorithm.
struct VerificationKey {
    private enum Check {
        case code(HMACVerifier)
        case signature(PublicKey)
    }

    let id: [UInt8]
    let algorithm: TokenKey.Algorithm
    private let check: Check

    init(_ key: TokenKey) throws(CryptographyError) {
        id = Array(key.id.utf8)
        algorithm = key.algorithm
        check =
            switch key.material {
            case .secret(let secret): .code(try HMACVerifier(secret))
            case .privateKey(let key): .signature(key.publicKey)
            case .publicKey(let key): .signature(key)
            }
    }

    init(id: [UInt8], publicKey: PublicKey) {
        self.id = id
        algorithm = TokenKey.Algorithm(publicKey.algorithm)
        check = .signature(publicKey)
    }

    /// Whether verification costs tens of microseconds or more, so that clients that cause failures must be slowed
    /// down.
    var isCostly: Bool {
        if case .signature = check { true } else { false }
    }

    /// Whether the token's signature is this key's.
    func check(_ token: Span<UInt8>, _ parts: CompactJWS) throws(TokenFault) {
        let signature = token.extracting(parts.signature)
        let signed = token.extracting(parts.signed)
        switch check {
        case .code(let code): try code.check(signature, over: signed)
        case .signature(let key):
            guard let bytes = Base64URL.decode(signature) else { throw .encoding }
            guard key.isValid(bytes.span, over: signed) else { throw .signature }
        }
    }
}

/// HMAC-SHA256 under one key.
private final class HMACVerifier {
    private var mac: HMACSHA256

    init(_ secret: [UInt8]) throws(CryptographyError) {
        mac = try HMACSHA256(key: secret.span)
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
