import Cryptography
import JSON
import ScriptedServer

/// WeChat's official sample of open data (developers.weixin.qq.com, "signature"), whose key is `sessionKey`.
enum OfficialVector {
    static let appID = "wx4f4bc4dec97d474b"
    static let openid = "oGZUI0egBJY1zhBYw2KhdUfwVJJE"
    static let unionid = "ocMvos6NjeKLIBqg5Mr9QjxrP1FA"
    static let iv = "r7BXXKkLb8qrSNn05n0qiA=="
    static let encryptedData =
        "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lG"
        + "OETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxu"
        + "acJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6x"
        + "NrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJ"
        + "dNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="

    /// A login of the sample's user, to whom WeChat tells no unionid.
    static func login(key: String = sessionKey) -> String {
        http(#"{"openid":"\#(openid)","session_key":"\#(key)"}"#)
    }

    static func body(extra: String = "") -> String {
        #"{"encryptedData":"\#(encryptedData)","iv":"\#(iv)"\#(extra)}"#
    }
}

/// Seals open data as WeChat does.
func openData(_ plain: String, key: String = sessionKey) throws -> String {
    let (message, iv, keyText) = (Array(plain.utf8), [UInt8](repeating: 9, count: 16), Array(key.utf8))
    let keyBytes = Base64.decode(keyText.span) ?? []
    let sealed = try AES128CBC.encrypt(message.span, key: keyBytes.span, iv: iv.span)
    return #"{"encryptedData":"\#(Base64.encode(sealed.span))","iv":"\#(Base64.encode(iv.span))"}"#
}

/// Encrypted data of a number of mainland China, as the phone button gives them.
func phoneData(_ number: String, appID: String = "wx1", at time: Int64 = now) throws -> String {
    try openData(
        #"{"phoneNumber":"\#(number)","purePhoneNumber":"\#(number)","countryCode":"86","#
            + #""watermark":{"timestamp":\#(time),"appid":"\#(appID)"}}"#
    )
}

/// A text as a JSON string.
func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
}
