package import Cryptography
import NIOConcurrencyHelpers

/// Encrypts secrets at rest with AES-256-GCM: session_keys, phone numbers, successor tokens, shared values.
///
/// The first secret seals, and all secrets open, so that a secret can be replaced while old rows exist. Each purpose
/// has its own key, and the owner of a value is bound in as associated data: a value cannot be moved to another user or
/// column. What is not secret and must not be forged in a shared store gets a MAC, with a key of its own.
package struct SessionKeyring: Sendable {
    /// The kind and the owner of a value.
    enum Purpose {
        case sessionKey(UserKey)
        case phone(UserKey)
        /// Of a session, by its id.
        case successor(String)
        /// By its key.
        case shared(String)
    }

    /// The first secret's; stored beside each value that is sealed.
    package var keyID: String { first.id }
    /// All keys' ids, a point after each: a sealed value's is found in it where the value can be opened.
    var ids: String { ([first] + former).map { $0.id + "." }.joined() }

    private let first: Ring
    private let former: [Ring]
    private let acceptsUnsigned: Bool

    /// - Parameters:
    ///   - secrets: the configured keys, each at least 32 bytes and at least one; else `invalidLength`. The keys used are
    ///     derived from them.
    ///   - acceptsUnsigned: whether a missing MAC is no fault.
    package init(_ secrets: [[UInt8]], acceptsUnsigned: Bool = false) throws(CryptographyError) {
        self.acceptsUnsigned = acceptsUnsigned
        guard let secret = secrets.first else { throw .invalidLength }
        first = try Ring(secret)
        var former: [Ring] = []
        for secret in secrets.dropFirst() { former.append(try Ring(secret)) }
        self.former = former
    }

    func seal(_ text: String, as purpose: Purpose) throws(CryptographyError) -> SealedValue {
        try seal(Array(text.utf8), as: purpose)
    }

    func seal(_ plain: [UInt8], as purpose: Purpose) throws(CryptographyError) -> SealedValue {
        let binding = purpose.binding
        return SealedValue(keyID: first.id, bytes: try first[purpose].seal(plain.span, authenticating: binding.span))
    }

    /// What `seal` was given; `authenticationFailed` where the value is another's, another purpose's, damaged, or of a
    /// secret that is not here.
    func open(_ value: SealedValue, as purpose: Purpose) throws(CryptographyError) -> [UInt8] {
        let ring = value.keyID == first.id ? first : former.first { $0.id == value.keyID }
        guard let ring else { throw .authenticationFailed }
        let (sealed, binding) = (value.bytes, purpose.binding)
        return try ring[purpose].open(sealed.span, authenticating: binding.span)
    }

    /// The MAC of the first key: its id, a point, and the code.
    func mac(_ statement: StoredStatement) throws(CryptographyError) -> [UInt8] {
        let code = try first.mac.code(statement.binding)
        return Array((first.id + ".").utf8) + code
    }

    func verdict(_ mac: [UInt8], _ statement: StoredStatement) -> MACVerdict {
        guard !mac.isEmpty else { return acceptsUnsigned ? .former : .invalid }
        guard let point = mac.firstIndex(of: UInt8(ascii: ".")) else { return .invalid }
        let id = String(decoding: mac[..<point], as: UTF8.self)
        let ring = id == first.id ? first : former.first { $0.id == id }
        let code = Array(mac[(point + 1)...])
        guard let ring, let expected = try? ring.mac.code(statement.binding),
            constantTimeEquals(code.span, expected.span)
        else { return .invalid }
        return id == first.id ? .current : .former
    }

    func openText(_ value: SealedValue, as purpose: Purpose) throws(CryptographyError) -> String {
        String(decoding: try open(value, as: purpose), as: UTF8.self)
    }
}

/// A value as it is stored, with the id of the key that opens it.
struct SealedValue: Sendable, Equatable {
    let keyID: String
    let bytes: [UInt8]
}

/// The keys of one secret.
private struct Ring: Sendable {
    /// Identifies secrets without revealing them.
    let id: String
    private let sessionKey: AES256GCM
    private let phone: AES256GCM
    private let successor: AES256GCM
    private let shared: AES256GCM
    let mac: MACKey

    init(_ secret: [UInt8]) throws(CryptographyError) {
        guard secret.count >= 32 else { throw .invalidLength }
        let id = try Self.derive(secret, "menshen session_key key id 1", 6)
        self.id = String(decoding: Base64URL.encode(id.span), as: UTF8.self)
        sessionKey = try AES256GCM(key: Self.derive(secret, "menshen session_key AES-256-GCM 1", 32))
        phone = try AES256GCM(key: Self.derive(secret, "menshen phone AES-256-GCM 1", 32))
        successor = try AES256GCM(key: Self.derive(secret, "menshen successor token AES-256-GCM 1", 32))
        shared = try AES256GCM(key: Self.derive(secret, "menshen shared value AES-256-GCM 1", 32))
        mac = try MACKey(Self.derive(secret, "menshen store HMAC-SHA256 1", 32))
    }

    subscript(purpose: SessionKeyring.Purpose) -> AES256GCM {
        switch purpose {
        case .sessionKey: sessionKey
        case .phone: phone
        case .successor: successor
        case .shared: shared
        }
    }

    private static func derive(_ secret: [UInt8], _ info: String, _ count: Int) throws(CryptographyError) -> [UInt8] {
        let (none, info): ([UInt8], [UInt8]) = ([], Array(info.utf8))
        return try HKDF.deriveKey(from: secret.span, salt: none.span, info: info.span, count: count)
    }
}

/// Makes MACs of one key, on any thread: a key that is set once costs a quarter of one that is set for each.
///
/// The lock is one that ThreadSanitizer knows. A box for values cannot hold the key, which is not copyable.
private final class MACKey: @unchecked Sendable {
    /// Bytes of the code that are stored.
    private static let length = 16

    private let lock = NIOLock()
    private var mac: HMACSHA256

    init(_ key: [UInt8]) throws(CryptographyError) {
        mac = try HMACSHA256(key: key.span)
    }

    /// In base64url.
    func code(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        lock.lock()
        defer { lock.unlock() }
        let code = try mac.authenticate(message.span)
        return Base64URL.encode(code.span.extracting(first: Self.length))
    }
}

extension SessionKeyring.Purpose {
    /// The length in front keeps ("ab", "c") and ("a", "bc") apart.
    fileprivate var binding: [UInt8] {
        switch self {
        case .sessionKey(let user), .phone(let user): Array("\(user.appID.utf8.count):\(user.appID)\(user.openid)".utf8)
        case .successor(let owner), .shared(let owner): Array(owner.utf8)
        }
    }
}
