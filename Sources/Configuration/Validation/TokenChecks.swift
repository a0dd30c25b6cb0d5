import Cryptography
import JSON

/// Lifetimes and keys of tokens.
struct TokenChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkLifetimes()
        for index in configuration.tokens.signingKeys.indices { checkSigningKey(index) }
        checkKeyIDs()
        if let key = configuration.tokens.identityKey, !key.privateKey.bytes.isEmpty {
            checkPrivateKey(key.privateKey, .es256, location("tokens", "identityKey", "privateKey"))
        }
    }

    private mutating func checkLifetimes() {
        let tokens = configuration.tokens
        if !tokens.lifetime.isWholeSeconds {
            fault(location("tokens", "lifetime"), "must be whole seconds")
        }
        guard let renewBefore = tokens.renewBefore else { return }
        if !renewBefore.isWholeSeconds {
            fault(location("tokens", "renewBefore"), "must be whole seconds")
        }
        if renewBefore >= tokens.lifetime {
            fault(
                location("tokens", "renewBefore"),
                "is not shorter than \"lifetime\": every request would get a new token"
            )
        }
    }

    private mutating func checkKeyIDs() {
        var seen: Set<String> = []
        for (index, key) in configuration.tokens.signingKeys.enumerated()
        where !key.id.isEmpty && !seen.insert(key.id).inserted {
            fault(
                location("tokens", "signingKeys", "\(index)", "id"),
                "the key \"\(key.id)\" is listed twice"
            )
        }
        if let key = configuration.tokens.identityKey, seen.contains(key.id) {
            fault(
                location("tokens", "identityKey", "id"),
                "the id \"\(key.id)\" is already used by a signing key"
            )
        }
    }

    private mutating func checkSigningKey(_ index: Int) {
        let key = configuration.tokens.signingKeys[index]
        // The members cannot be checked against an unknown algorithm.
        guard node("tokens", "signingKeys", "\(index)", "algorithm")?.string == key.algorithm.rawValue else { return }
        guard checkMembers(of: key, index), let algorithm = SignatureAlgorithm(rawValue: key.algorithm.rawValue) else {
            return
        }
        if let pem = key.privateKey {
            checkPrivateKey(pem, algorithm, location("tokens", "signingKeys", "\(index)", "privateKey"))
        }
        guard let pem = key.publicKey else { return }
        do throws(KeyFault) {
            _ = try PublicKey(pem: pem.bytes, for: algorithm)
        } catch {
            let location = location("tokens", "signingKeys", "\(index)", "publicKey")
            reportKey(error, algorithm, isPrivate: false, location)
        }
    }

    /// Whether the key has exactly the members of its algorithm. Reports one fault at most: an unexpected member before
    /// a missing one.
    private mutating func checkMembers(of key: SigningKeyConfiguration, _ index: Int) -> Bool {
        let isSymmetric = key.algorithm == .hs256
        let wanted = isSymmetric ? ["secret"] : ["privateKey", "publicKey"]
        let unwanted = isSymmetric ? ["privateKey", "publicKey"] : ["secret"]
        let given = wanted.filter { node("tokens", "signingKeys", "\(index)", $0) != nil }
        let wrong: (name: String, message: String, hint: String)
        if let name = unwanted.first(where: { node("tokens", "signingKeys", "\(index)", $0) != nil }) {
            wrong = (name, "a key for \(key.algorithm.rawValue) must not have \"\(name)\"", "write \"\(wanted[0])\"")
        } else if given.isEmpty {
            let file = isSymmetric ? "keys/token.key" : "keys/token.pem"
            wrong = (wanted[0], "this key is required", "for example {\"file\": \"\(file)\"}")
        } else if given.count > 1 {
            wrong = (
                "publicKey", "the private key already contains the public key", "remove one of them"
            )
        } else if index == 0, given == ["publicKey"] {
            wrong = (
                "publicKey", "the first key signs tokens, which a public key cannot do",
                "put a key with \"privateKey\" or \"secret\" first"
            )
        } else {
            return true
        }
        fault(location("tokens", "signingKeys", "\(index)", wrong.name), wrong.message, hint: wrong.hint)
        return false
    }

    private mutating func checkPrivateKey(_ pem: Secret, _ algorithm: SignatureAlgorithm, _ location: Location) {
        do throws(KeyFault) {
            _ = try PrivateKey(pem: pem.bytes, for: algorithm)
        } catch {
            reportKey(error, algorithm, isPrivate: true, location)
        }
    }

    private mutating func reportKey(
        _ reason: KeyFault,
        _ algorithm: SignatureAlgorithm,
        isPrivate: Bool,
        _ location: Location
    ) {
        let half = isPrivate ? "private" : "public"
        let message =
            switch reason {
            case .unreadable: "this is not a PEM file with a \(half) key"
            case .encrypted: "the PEM file is encrypted, which is not supported"
            case .wrongKind: "this is not a key for \(algorithm.rawValue), which needs \(algorithm.keyKind)"
            case .weak: "the RSA key is shorter than 2048 bits, or known to be weak"
            case .tooLarge: "the RSA key is longer than 8192 bits"
            case .invalid: "the key's parameters are invalid"
            case .mismatched: "the private key does not match the public key"
            }
        fault(location, message, hint: isPrivate ? "generate one with: \(algorithm.makeKey)" : nil)
    }
}

extension SignatureAlgorithm {
    fileprivate var keyKind: String {
        switch self {
        case .es256: "a P-256 key"
        case .edDSA: "an Ed25519 key"
        case .rs256: "an RSA key"
        }
    }

    fileprivate var makeKey: String {
        switch self {
        case .es256: "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
        case .edDSA: "openssl genpkey -algorithm ED25519"
        case .rs256: "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072"
        }
    }
}

extension Duration {
    fileprivate var isWholeSeconds: Bool { components.attoseconds == 0 }
}
