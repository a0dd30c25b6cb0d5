package import Configuration
package import Cryptography

/// A key that verifies tokens, and where it can signs them. Bound to one algorithm (RFC 8725 section 3.1).
package struct TokenKey: Sendable {
    /// How the key signs; the raw value is the `alg` of RFC 7518 and RFC 8037.
    package enum Algorithm: String, Sendable, CaseIterable {
        case hs256 = "HS256"
        case es256 = "ES256"
        case edDSA = "EdDSA"
        case rs256 = "RS256"

        init(_ algorithm: SignatureAlgorithm) {
            self =
                switch algorithm {
                case .es256: .es256
                case .edDSA: .edDSA
                case .rs256: .rs256
                }
        }
    }

    enum Material: Sendable {
        case secret([UInt8])
        case privateKey(PrivateKey)
        case publicKey(PublicKey)
    }

    /// The `kid` that chooses it.
    package let id: String
    let material: Material

    /// A key of HS256, of at least 32 bytes (RFC 7518 section 3.2).
    package init(id: String, secret: [UInt8]) {
        self.id = id
        material = .secret(secret)
    }

    /// A key that signs and verifies with its own algorithm.
    package init(id: String, privateKey: PrivateKey) {
        self.id = id
        material = .privateKey(privateKey)
    }

    /// A key that only verifies.
    package init(id: String, publicKey: PublicKey) {
        self.id = id
        material = .publicKey(publicKey)
    }

    /// The only algorithm that the key may be used with.
    package var algorithm: Algorithm {
        switch material {
        case .secret: .hs256
        case .privateKey(let key): Algorithm(key.algorithm)
        case .publicKey(let key): Algorithm(key.algorithm)
        }
    }

    /// Nil for HS256.
    var publicKey: PublicKey? {
        switch material {
        case .secret: nil
        case .privateKey(let key): key.publicKey
        case .publicKey(let key): key
        }
    }

    var canSign: Bool {
        if case .publicKey = material { false } else { true }
    }
}

extension TokenKey: Redacted {
    /// The key's id.
    package var visibleMembers: KeyValuePairs<String, Any> { ["id": id] }
}

extension TokenKey {
    /// A key of a checked configuration.
    package init(_ key: SigningKeyConfiguration) throws(TokenRulesError) {
        guard let algorithm = SignatureAlgorithm(rawValue: key.algorithm.rawValue) else {
            self.init(id: key.id, secret: key.secret?.bytes ?? [])
            return
        }
        do throws(KeyFault) {
            if let pem = key.privateKey {
                self.init(id: key.id, privateKey: try PrivateKey(pem: pem.bytes, for: algorithm))
            } else {
                self.init(id: key.id, publicKey: try PublicKey(pem: key.publicKey?.bytes ?? [], for: algorithm))
            }
        } catch {
            throw .badKey(error)
        }
    }
}
