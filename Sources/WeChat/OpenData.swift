import Cryptography
import JSON

/// Open data that cannot be used, for whichever reason: one error for all, so that nobody learns from it how far the
/// decryption came.
package struct OpenDataFault: Error, Equatable, Sendable {
    /// Creates the one fault there is: the cause is not told, so that nobody can probe a key.
    package init() {}
}

/// The signed and encrypted data that a Mini Program gets of its user ("open data" in WeChat's guide), all of it checked
/// with the `session_key` that the user's newest login gave.
///
/// AES-CBC authenticates nothing. Whoever holds encrypted data can drop blocks from its beginning and choose the first
/// block that is left by the IV, without knowing the key; so a text that users choose (a nickname) can be made to stand
/// where another kind of data has a phone number. Each kind is therefore accepted by its exact shape (``OpenDataKind``),
/// and by what else is known of it: whose it is, which app's, how old.
package enum OpenData {
    /// Strict: this text was written by WeChat and read by nobody since, or it was tampered with. A member that stands
    /// twice is refused.
    private static let reader = JSONReader(maximumDepth: 16)

    /// How old a phone number's watermark may be, in seconds. The button was tapped just now, so what is older is a replay.
    package static let phoneLifetime: Int64 = 600
    /// How far WeChat's clock may be ahead of the gateway's, in seconds.
    package static let clockSkew: Int64 = 60

    /// The user's data within `encryptedData`, which must be of that app. Whose it is, the caller compares.
    package static func userInfo(
        encryptedData: String,
        iv: String,
        sessionKey: String,
        appID: String
    ) throws(OpenDataFault) -> OpenUserInfo {
        let node = try decrypt(encryptedData: encryptedData, iv: iv, sessionKey: sessionKey, appID: appID)
        guard OpenDataKind.userInfo.fits(node), let info = OpenUserInfo(node), info.openId != nil else {
            throw OpenDataFault()
        }
        return info
    }

    /// The phone number within `encryptedData`, which must be of that app and of the last ten minutes (`phoneLifetime`,
    /// `clockSkew`).
    ///
    /// - Parameter now: seconds since 1970.
    package static func phoneNumber(
        encryptedData: String,
        iv: String,
        sessionKey: String,
        appID: String,
        now: Int64
    ) throws(OpenDataFault) -> OpenPhoneNumber {
        let node = try decrypt(encryptedData: encryptedData, iv: iv, sessionKey: sessionKey, appID: appID)
        guard OpenDataKind.phoneNumber.fits(node), let time = node["watermark"]?["timestamp"]?.integer,
            isRecent(time, now: now), let number = OpenPhoneNumber(openData: node)
        else { throw OpenDataFault() }
        return number
    }

    /// The time comes from a client: no sum of it can overflow.
    private static func isRecent(_ time: Int64, now: Int64) -> Bool {
        let (age, isOverflow) = now.subtractingReportingOverflow(time)
        return !isOverflow && (-clockSkew...phoneLifetime).contains(age)
    }

    /// The user's data in plain text, where the signature is right. It names neither user nor app nor time, so all it
    /// proves is that WeChat told this profile to the holder of the session key.
    ///
    /// The key stands behind the text in what is hashed, so a digest that is known cannot be extended to another text
    /// without the key. Two texts with one digest would share a signature, but WeChat would have to sign one of them.
    package static func userInfo(
        rawData: String,
        signature: String,
        sessionKey: String
    ) throws(OpenDataFault) -> OpenUserInfo {
        guard isSigned(rawData: rawData, signature: signature, sessionKey: sessionKey),
            let node = try? reader.read(Array(rawData.utf8)), OpenDataKind.userInfo.fits(node),
            let info = OpenUserInfo(node)
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
