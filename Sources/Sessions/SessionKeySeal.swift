package import Cryptography

/// Encrypts session_keys at rest with AES-256-GCM. The user is bound in as associated data, so that a row's key cannot
/// be moved to another user.
package struct SessionKeySeal: Sendable {
    /// Tells keys apart without telling what they are; stored beside each sealed value.
    package let keyID: String
    private let cipher: AES256GCM

    /// - Parameter secret: the configured key, at least 32 bytes; else `invalidLength`. The keys used are derived
    ///   from it.
    package init(secret: [UInt8]) throws(CryptographyError) {
        guard secret.count >= 32 else { throw .invalidLength }
        let key = try Self.derive(secret, "menshen session_key AES-256-GCM 1", 32)
        let id = try Self.derive(secret, "menshen session_key key id 1", 6)
        cipher = try AES256GCM(key: key)
        keyID = String(decoding: Base64URL.encode(id.span), as: UTF8.self)
    }

    private static func derive(_ secret: [UInt8], _ info: String, _ count: Int) throws(CryptographyError) -> [UInt8] {
        let none: [UInt8] = []
        return try HKDF.deriveKey(from: secret.span, salt: none.span, info: Array(info.utf8).span, count: count)
    }

    func seal(_ sessionKey: String, of user: UserKey) throws(CryptographyError) -> [UInt8] {
        try cipher.seal(Array(sessionKey.utf8).span, authenticating: Self.binding(to: user).span)
    }

    /// What `seal` was given; `authenticationFailed` where the value is another user's, another key's or damaged.
    func open(_ sealed: [UInt8], of user: UserKey) throws(CryptographyError) -> String {
        let plain = try cipher.open(sealed.span, authenticating: Self.binding(to: user).span)
        return String(decoding: plain, as: UTF8.self)
    }

    /// The length in front keeps ("ab", "c") and ("a", "bc") apart.
    private static func binding(to user: UserKey) -> [UInt8] {
        Array("\(user.appID.utf8.count):\(user.appID)\(user.openid)".utf8)
    }
}
