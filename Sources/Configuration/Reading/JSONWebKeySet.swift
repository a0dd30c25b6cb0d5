package import Cryptography
import JSON

/// The keys of a JWK Set (RFC 7517 section 5) that verify signatures here, by `kid`.
///
/// Keys of other types, uses, operations or algorithms, keys without a `kid`, and invalid keys are ignored, as the RFC
/// advises: an issuer may publish them for others. Signs that the whole set cannot be trusted reject it: secret
/// parameters, or a duplicate `kid`.
package struct JSONWebKeySet: Sendable, Equatable {
    /// The largest document, in bytes.
    package static let maximumSize = 64 * 1024
    /// The most keys, usable or not.
    package static let maximumKeys = 100
    private static let maximumKeyIDCount = 128
    /// What only the holder of a private or symmetric key should know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
    private static let secretMembers: Set<String> = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
    private static let reader = JSONReader(duplicates: .reject, maximumDepth: 8, maximumSize: maximumSize)

    /// Each `kid` once, in the document's order.
    package let keys: [Key]

    /// A public key with its name.
    package struct Key: Sendable, Equatable {
        /// The `kid`, 1 to 128 bytes.
        package let id: [UInt8]
        /// The key that verifies signatures.
        package let publicKey: PublicKey

        /// Compares ids and key parameters.
        package static func == (first: Key, second: Key) -> Bool {
            first.id == second.id && first.publicKey.parameters == second.publicKey.parameters
        }
    }

    /// No keys.
    package init() {
        keys = []
    }

    /// Reads a document.
    package init(_ bytes: [UInt8]) throws(JSONWebKeySetFault) {
        guard bytes.count <= Self.maximumSize else { throw .tooLarge }
        let root: JSONNode
        do { root = try Self.reader.read(bytes) } catch { throw .malformed }
        guard let elements = root["keys"]?.elements else { throw .malformed }
        guard elements.count <= Self.maximumKeys else { throw .tooLarge }
        var keys: [Key] = []
        for element in elements {
            guard let members = element.members else { throw .malformed }
            if members.contains(where: { Self.secretMembers.contains($0.name) }) { throw .secretParameters }
            guard let key = Self.key(element) else { continue }
            guard !keys.contains(where: { $0.id == key.id }) else { throw .repeatedKeyID }
            keys.append(key)
        }
        self.keys = keys
    }

    /// Nil for a key that is not for this gateway.
    private static func key(_ node: JSONNode) -> Key? {
        guard let id = node["kid"]?.string, (1...maximumKeyIDCount).contains(id.utf8.count), isForVerifying(node),
            let parameters = parameters(node)
        else { return nil }
        if let algorithm = node["alg"] {
            guard let name = algorithm.string, name == parameters.algorithm.rawValue else { return nil }
        }
        guard let publicKey = try? PublicKey(parameters) else { return nil }
        return Key(id: Array(id.utf8), publicKey: publicKey)
    }

    /// RFC 7517 sections 4.2 and 4.3: if present, the value must allow verification.
    private static func isForVerifying(_ node: JSONNode) -> Bool {
        if let use = node["use"], use.string != "sig" { return false }
        if let operations = node["key_ops"] {
            guard let names = operations.elements, names.contains(where: { $0.string == "verify" }) else {
                return false
            }
        }
        return true
    }

    private static func parameters(_ node: JSONNode) -> PublicKeyParameters? {
        switch (node["kty"]?.string, node["crv"]?.string) {
        case ("EC", "P-256"):
            guard let x = number(node["x"]), let y = number(node["y"]) else { return nil }
            return .p256(x: x, y: y)
        case ("OKP", "Ed25519"):
            return number(node["x"]).map { .ed25519(x: $0) }
        case ("RSA", nil):
            guard let modulus = number(node["n"]), let exponent = number(node["e"]) else { return nil }
            return .rsa(modulus: modulus, exponent: exponent)
        default:
            return nil
        }
    }

    private static func number(_ node: JSONNode?) -> [UInt8]? {
        guard let text = node?.string else { return nil }
        let bytes = Array(text.utf8)
        return Base64URL.decode(bytes.span)
    }
}

/// Why a JWK Set is not taken.
package enum JSONWebKeySetFault: String, Error, CaseIterable, Sendable {
    case tooLarge = "too_large"
    case malformed = "malformed"
    case secretParameters = "secret_parameters"
    case repeatedKeyID = "repeated_key_id"

    /// For people.
    package var explanation: String {
        switch self {
        case .tooLarge: "it is larger than 64 KiB or holds more than 100 keys"
        case .malformed: "it is not a JWK Set (RFC 7517 section 5)"
        case .secretParameters: "it holds private or symmetric keys: treat them as compromised"
        case .repeatedKeyID: "two of its keys have the same kid"
        }
    }
}
