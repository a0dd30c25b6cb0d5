package import Cryptography
import JSON
import Login

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
    /// The maximum length of a token, in bytes.
    package let maximumTokenCount: Int
    /// The other issuers; elsewhere an issuer is identified by its index in this array.
    package let issuers: [ForeignIssuer]
    /// `issuer` as the bytes that a claim is compared with.
    let issuerText: [UInt8]
    /// `audiences` likewise.
    let audienceTexts: [[UInt8]]

    /// Rejects rules that cannot work, whatever the reader of the configuration checked before.
    package init(
        issuer: String,
        audiences: [String],
        lifetimeSeconds: Int64,
        keys: [TokenKey],
        issuers: [ForeignIssuer] = [],
        maximumTokenCount: Int = BearerToken.usualMaximum
    ) throws(TokenRulesError) {
        guard !issuer.isEmpty else { throw .noIssuer }
        guard audiences.allSatisfy({ FieldText.isValid($0.utf8) }) else { throw .badAudience }
        guard lifetimeSeconds > 0, lifetimeSeconds <= NumericDate.latest else { throw .badLifetime }
        guard let first = keys.first else { throw .noKey }
        guard first.canSign else { throw .cannotSign }
        var ids: Set<[UInt8]> = []
        for key in keys {
            guard !key.id.isEmpty, key.id.utf8.count <= JOSEHeader.maximumKeyIDCount else { throw .badKeyID }
            guard ids.insert(Array(key.id.utf8)).inserted else { throw .repeatedKeyID }
            if case .secret(let secret) = key.material, secret.count < 32 { throw .shortSecret }
        }
        var names: Set<[UInt8]> = [Array(issuer.utf8)]
        for foreign in issuers {
            guard !foreign.issuer.isEmpty, names.insert(Array(foreign.issuer.utf8)).inserted else {
                throw .repeatedIssuer
            }
        }
        self.issuer = issuer
        issuerText = Array(issuer.utf8)
        self.audiences = audiences
        audienceTexts = audiences.map { Array($0.utf8) }
        self.lifetimeSeconds = lifetimeSeconds
        self.keys = keys
        self.issuers = issuers
        self.maximumTokenCount = min(maximumTokenCount, BearerToken.largest)
    }
}

/// Why token rules cannot work.
package enum TokenRulesError: Error, Equatable, Sendable {
    case noIssuer
    /// An audience that is empty or not allowed in a header field.
    case badAudience
    case badLifetime
    case noKey
    /// Empty, or over 128 bytes.
    case badKeyID
    case repeatedKeyID
    case shortSecret
    /// The first key is one that only verifies.
    case cannotSign
    case badKey(KeyFault)
    /// An issuer that is listed twice, is the gateway itself, or has no name.
    case repeatedIssuer
}

/// The values allowed in a header field to a service: 1 to 256 bytes of visible ASCII. No space and no control
/// character, so that no claim can end a field and start another. The rule is that of `UserName`: an id that a token may have is
/// one that an operator can name.
enum FieldText {
    static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return isValid(bytes.span)
    }

    /// Checks eight bytes at a time: a subtraction borrows and an addition carries only if a byte is invalid anyway.
    static func isValid(_ text: Span<UInt8>) -> Bool {
        guard !text.isEmpty, text.count <= UserName.maximumCount else { return false }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let bytes = text.bytes
        var index = 0
        while index + 8 <= text.count {
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard (word | (word &- ones &* 0x21) | (word &+ ones)) & ones << 7 == 0 else { return false }
            index += 8
        }
        while index < text.count {
            guard text[index] > 0x20, text[index] < 0x7f else { return false }
            index += 1
        }
        return true
    }
}
