import Cryptography
import JSON

/// Open data that cannot be used, for whichever reason: one error for all, so that nobody learns from it how far the
/// decryption came.
package struct OpenDataFault: Error, Equatable, Sendable {
    package init() {}
}

/// The signed and encrypted data that a Mini Program gets of its user ("open data" in WeChat's guide), all of it checked
/// with the `session_key` that the user's newest login gave.
package enum OpenData {
    /// Strict: this text was written by WeChat and read by nobody since, or it was tampered with.
    private static let reader = JSONReader(maximumDepth: 16)

    /// The user's data within `encryptedData`, which must be of that app.
    package static func userInfo(
        encryptedData: String,
        iv: String,
        sessionKey: String,
        appID: String
    ) throws(OpenDataFault) -> OpenUserInfo {
        let node = try decrypt(encryptedData: encryptedData, iv: iv, sessionKey: sessionKey, appID: appID)
        guard let info = OpenUserInfo(node), info.openId != nil else { throw OpenDataFault() }
        return info
    }

    /// The phone number within `encryptedData`, which must be of that app.
    package static func phoneNumber(
        encryptedData: String,
        iv: String,
        sessionKey: String,
        appID: String
    ) throws(OpenDataFault) -> OpenPhoneNumber {
        let node = try decrypt(encryptedData: encryptedData, iv: iv, sessionKey: sessionKey, appID: appID)
        guard let number = OpenPhoneNumber(node) else { throw OpenDataFault() }
        return number
    }

    /// The user's data in plain text, where the signature is right.
    package static func userInfo(
        rawData: String,
        signature: String,
        sessionKey: String
    ) throws(OpenDataFault) -> OpenUserInfo {
        guard isSigned(rawData: rawData, signature: signature, sessionKey: sessionKey),
            let node = try? reader.read(Array(rawData.utf8)), let info = OpenUserInfo(node)
        else { throw OpenDataFault() }
        return info
    }

    /// Whether `signature` is the hexadecimal SHA-1 of `rawData` and the session key, which counts as text here.
    package static func isSigned(rawData: String, signature: String, sessionKey: String) -> Bool {
        let message = Array(rawData.utf8) + Array(sessionKey.utf8)
        let text = Array(signature.utf8)
        guard let given = Hex.decode(text.span), let digest = try? Digest.sha1(message.span) else { return false }
        return constantTimeEquals(given.span, digest.span)
    }

    /// A wrong key passes the padding one time in 256, so only what is JSON and bears the app's watermark is believed.
    private static func decrypt(
        encryptedData: String,
        iv: String,
        sessionKey: String,
        appID: String
    ) throws(OpenDataFault) -> JSONNode {
        let (data, vector, key) = (Array(encryptedData.utf8), Array(iv.utf8), Array(sessionKey.utf8))
        guard let ciphertext = Base64.decode(data.span), let iv = Base64.decode(vector.span),
            let key = Base64.decode(key.span),
            let plaintext = try? AES128CBC.decrypt(ciphertext.span, key: key.span, iv: iv.span),
            let node = try? reader.read(plaintext),
            let watermark = node["watermark"]?["appid"]?.string, watermark.utf8.elementsEqual(appID.utf8)
        else { throw OpenDataFault() }
        return node
    }
}
