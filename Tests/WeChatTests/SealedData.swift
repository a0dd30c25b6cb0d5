import Cryptography
import WeChat

/// Seals as WeChat does.
struct SealedData {
    /// When `watermark` was written, in seconds since 1970.
    static let now: Int64 = 1_477_314_187
    static let watermark = #""watermark":{"timestamp":1477314187,"appid":"wx1"}"#

    let sessionKey: String
    let iv: String
    let encryptedData: String

    init(_ plaintext: [UInt8]) throws {
        let (key, vector) = (try SecureRandom.bytes(16), try SecureRandom.bytes(16))
        let data = try AES128CBC.encrypt(plaintext.span, key: key.span, iv: vector.span)
        sessionKey = Base64.encode(key.span)
        iv = Base64.encode(vector.span)
        encryptedData = Base64.encode(data.span)
    }

    init(_ json: String) throws { try self.init(Array(json.utf8)) }

    func userInfo(appID: String = "wx1") throws(OpenDataFault) -> OpenUserInfo {
        try OpenData.userInfo(encryptedData: encryptedData, iv: iv, sessionKey: sessionKey, appID: appID)
    }

    func phoneNumber(appID: String = "wx1", now: Int64 = SealedData.now) throws(OpenDataFault) -> OpenPhoneNumber {
        try OpenData.phoneNumber(
            encryptedData: encryptedData,
            iv: iv,
            sessionKey: sessionKey,
            appID: appID,
            now: now
        )
    }
}
