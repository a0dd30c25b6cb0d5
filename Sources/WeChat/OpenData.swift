import Cryptography
import JSON

/// Invalid open data. One error for all causes, so that it does not reveal how far the decryption came.
package struct OpenDataFault: Error, Equatable, Sendable {
    /// Creates the only fault: the cause is not revealed, so that nobody can probe a key.
    package init() {}
}

/// The signed and encrypted data about the user that a Mini Program receives ("open data" in WeChat's guide), verified
/// with the `session_key` of the user's newest login.
///
/// AES-CBC does not authenticate. The holder of encrypted data can drop blocks from the start and choose the first
/// remaining block by the IV, without the key; so a text that users choose (a nickname) can be moved to where another
/// kind of data has a phone number. Each kind is therefore accepted by its exact shape (``OpenDataKind``), and by its
/// owner, app and age.
package enum OpenData {
    /// Strict: the text was written by WeChat and passed unchanged, or it was tampered with. Duplicate members are
    /// rejected.
    private static let reader = JSONReader(maximumDepth: 16)

    /// The maximum age of a phone number's watermark, in seconds. The user has just tapped the button, so older data
    /// are a replay.
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

    /// The user's data in plain text, if the signature is valid. It contains neither user nor app nor time, so it
    /// proves only that WeChat gave this profile to the holder of the session key.
    ///
    /// The key follows the text in the hashed bytes, so a known digest cannot be extended to another text without the
    /// key. Two texts with one digest would share a signature, but WeChat would have to sign one of them.
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

    /// A wrong key passes the padding check one time in 256, so only JSON with the app's watermark is accepted.
    ///
    /// The JSON is read whether or not the padding is right: to leave that out would show in the time, and who can tell the
    /// two faults apart decrypts byte by byte (Vaudenay, "Security Flaws Induced by CBC Padding").
    private static func decrypt(
        encryptedData: String,
        iv: String,
        sessionKey: String,
        appID: String
    ) throws(OpenDataFault) -> JSONNode {
        let (data, vector, key) = (Array(encryptedData.utf8), Array(iv.utf8), Array(sessionKey.utf8))
        guard let ciphertext = Base64.decode(data.span), let iv = Base64.decode(vector.span),
            let key = Base64.decode(key.span),
            let decrypted = try? AES128CBC.decryptUnjudged(ciphertext.span, key: key.span, iv: iv.span)
        else { throw OpenDataFault() }
        let content = try? reader.read(decrypted.plaintext)
        guard decrypted.isPadded, let node = content, let watermark = node["watermark"]?["appid"]?.string,
            watermark.utf8.elementsEqual(appID.utf8)
        else { throw OpenDataFault() }
        return node
    }
}
