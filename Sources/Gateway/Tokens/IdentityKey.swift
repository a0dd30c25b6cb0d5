package import Configuration
package import Cryptography

/// The ES256 key that identity tokens for services are signed with.
package struct IdentityKey: Sendable {
    /// The `kid`.
    package let id: String
    let privateKey: PrivateKey

    /// `wrongKind` for a key of another algorithm.
    package init(id: String, privateKey: PrivateKey) throws(KeyFault) {
        guard privateKey.algorithm == .es256 else { throw .wrongKind }
        self.id = id
        self.privateKey = privateKey
    }

    /// The key of a checked configuration.
    package init(_ key: IdentityKeyConfiguration) throws(KeyFault) {
        try self.init(id: key.id, privateKey: PrivateKey(pem: key.privateKey.bytes, for: .es256))
    }
}
