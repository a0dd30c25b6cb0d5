/// A key that signs and verifies tokens, bound to one algorithm (RFC 8725 section 3.1).
package struct TokenKey: Sendable {
    /// How the key signs; the raw value is the `alg` of RFC 7518.
    package enum Algorithm: String, Sendable {
        case hs256 = "HS256"
    }

    /// The `kid` that chooses it.
    package let id: String
    package let algorithm: Algorithm
    /// At least 32 bytes (RFC 7518 section 3.2).
    package let secret: [UInt8]

    package init(id: String, algorithm: Algorithm, secret: [UInt8]) {
        self.id = id
        self.algorithm = algorithm
        self.secret = secret
    }
}

/// What makes a token good, and how new ones are made.
package struct TokenRules: Sendable {
    /// The `iss` of every token.
    package let issuer: String
    /// The configured apps; a token is for exactly one of them.
    package let audiences: [String]
    /// How long a new token lives.
    package let lifetimeSeconds: Int64
    /// The first signs, all verify.
    package let keys: [TokenKey]

    /// Rules that cannot work are refused here, whatever read them checked before.
    package init(
        issuer: String,
        audiences: [String],
        lifetimeSeconds: Int64,
        keys: [TokenKey]
    ) throws(TokenRulesError) {
        guard !issuer.isEmpty else { throw .noIssuer }
        guard audiences.allSatisfy({ FieldText.isValid($0.utf8) }) else { throw .badAudience }
        guard lifetimeSeconds > 0, lifetimeSeconds <= NumericDate.latest else { throw .badLifetime }
        guard !keys.isEmpty else { throw .noKey }
        var ids: Set<[UInt8]> = []
        for key in keys {
            guard !key.id.isEmpty, key.id.utf8.count <= JOSEHeader.maximumKeyIDCount else { throw .badKeyID }
            guard ids.insert(Array(key.id.utf8)).inserted else { throw .repeatedKeyID }
            guard key.secret.count >= 32 else { throw .shortSecret }
        }
        self.issuer = issuer
        self.audiences = audiences
        self.lifetimeSeconds = lifetimeSeconds
        self.keys = keys
    }
}

/// Why token rules cannot work.
package enum TokenRulesError: Error, Sendable {
    case noIssuer
    /// An audience that is empty or could not stand in a header field.
    case badAudience
    case badLifetime
    case noKey
    /// Empty, or over 128 bytes.
    case badKeyID
    case repeatedKeyID
    case shortSecret
}

/// What may stand in a header field towards a service: visible ASCII, 1 to 256 bytes. No space and no control
/// character, so that no claim can end a field and begin another.
enum FieldText {
    static let maximumCount = 256

    static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.count <= maximumCount && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }
}

/// Dates as tokens carry them: whole seconds since 1970 (RFC 7519 section 2).
enum NumericDate {
    /// Beyond 2^53, readers that keep numbers as doubles see another date than we do.
    static let latest: Int64 = 1 << 53
}
