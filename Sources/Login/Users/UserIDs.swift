package import Cryptography

/// Derives user ids from (appid, openid) with a configured key: gateways with the same key agree without a shared
/// store, and an id does not reveal the openid.
package struct UserIDs: Sendable {
    private static let digestBytes = 18
    private let key: [UInt8]

    /// - Parameter secret: the configured key; the one used is derived from it.
    package init(secret: [UInt8]) throws(CryptographyError) {
        let none: [UInt8] = []
        key = try HKDF.deriveKey(
            from: secret.span,
            salt: none.span,
            info: Array("menshen user id 1".utf8).span,
            count: 32
        )
    }

    /// `u_` and 24 characters of base64url: 144 bits of an HMAC-SHA256.
    package func userID(appID: String, openid: String) throws(CryptographyError) -> String {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        try userID(of: Array("\(appID.utf8.count):\(appID)\(openid)".utf8))
    }

    /// The id of a person across apps. It cannot collide with an id of (appid, openid), which starts with a digit.
    package func userID(unionid: String) throws(CryptographyError) -> String {
        try userID(of: Array("unionid:\(unionid)".utf8))
    }

    private func userID(of message: [UInt8]) throws(CryptographyError) -> String {
        let key = key
        let code = try HMACSHA256.code(of: message.span, key: key.span)
        let digest = code.span.extracting(first: Self.digestBytes)
        return "u_" + String(decoding: Base64URL.encode(digest), as: UTF8.self)
    }
}
