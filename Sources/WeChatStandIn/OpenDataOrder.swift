import Cryptography
import JSON

/// The body of `POST /stand-in/open-data`.
struct OpenDataOrder {
    enum Kind: String, CaseIterable { case userInfo, phone }

    /// The owner of the data: a user who logged in, or the user of a login code, with the session_key of the code.
    enum Owner: Equatable { case openid(String), code(String) }

    let kind: Kind
    let owner: Owner
    let appID: String?
    /// The app id in the watermark, instead of the app's own.
    let watermarkAppID: String?
    /// The time in the watermark, instead of the time of the call, in seconds since 1970.
    let timestamp: Int64?
    /// Members of the user's data, or of the phone number, that replace the stand-in's own.
    let texts: [String: String]
    let gender: Int64?

    private static let userTexts = ["nickName", "city", "province", "country", "avatarUrl"]
    private static let phoneTexts = ["phoneNumber", "countryCode"]

    init(_ body: [UInt8]) throws(ControlFault) {
        let named = ["openid", "code", "appId", "kind", "watermarkAppId", "timestamp", "gender"]
        let known = named + Self.userTexts + Self.phoneTexts
        let members = try ControlBody(body, allowed: known)
        guard let name = try members.string("kind"), let kind = Kind(rawValue: name) else {
            throw ControlFault("\"kind\" must be one of userInfo, phone")
        }
        self.kind = kind
        switch (try members.identifier("openid"), try members.string("code")) {
        case (let openid?, nil): owner = .openid(openid)
        case (nil, let code?): owner = .code(code)
        default: throw ControlFault("either \"openid\" or \"code\" is required, to name the user")
        }
        appID = try members.identifier("appId")
        watermarkAppID = try members.identifier("watermarkAppId")
        timestamp = try members.integer("timestamp")
        gender = try members.integer("gender")
        var texts: [String: String] = [:]
        for name in kind == .userInfo ? Self.userTexts : Self.phoneTexts { texts[name] = try members.string(name) }
        self.texts = texts
    }
}

/// Open data as a Mini Program would get it.
struct StandInOpenData: Equatable {
    let encryptedData: String
    let iv: String
    /// With the signature; nil for phone numbers, which come encrypted only.
    let rawData: String?
    let signature: String?

    /// - Parameter time: seconds since 1970.
    init(_ order: OpenDataOrder, of owner: CodeOwner, at time: Int64) throws(ControlFault) {
        let appID = order.watermarkAppID ?? owner.appID ?? ""
        let timestamp = order.timestamp ?? time
        let plaintext: [UInt8]
        switch order.kind {
        case .userInfo:
            let raw = JSONWriter.object { order.writeUser(&$0) }
            plaintext = JSONWriter.object { writer in
                writer.member("openId", owner.openid)
                order.writeUser(&writer)
                if let unionid = owner.unionid { writer.member("unionId", unionid) }
                writer.writeWatermark(appID: appID, timestamp: timestamp)
            }
            guard let text = Self.signature(raw + Array(owner.sessionKey.utf8)) else {
                throw ControlFault("signing failed")
            }
            rawData = String(decoding: raw, as: UTF8.self)
            signature = text
        case .phone:
            let phone = PhoneNumber(
                number: order.texts["phoneNumber"] ?? "13800138000",
                countryCode: order.texts["countryCode"] ?? "86"
            )
            plaintext = phone.json(appID: appID, timestamp: timestamp)
            (rawData, signature) = (nil, nil)
        }
        guard let sealed = Self.seal(plaintext, Array(owner.sessionKey.utf8)) else {
            throw ControlFault("encrypting failed")
        }
        encryptedData = sealed.data
        iv = sealed.iv
    }

    private static func seal(_ plaintext: [UInt8], _ sessionKey: [UInt8]) -> (data: String, iv: String)? {
        guard let key = Base64.decode(sessionKey.span), let iv = try? SecureRandom.bytes(AES128CBC.blockCount),
            let data = try? AES128CBC.encrypt(plaintext.span, key: key.span, iv: iv.span)
        else { return nil }
        return (Base64.encode(data.span), Base64.encode(iv.span))
    }

    private static func signature(_ message: [UInt8]) -> String? {
        guard let digest = try? Digest.sha1(message.span) else { return nil }
        return Hex.encode(digest.span)
    }
}

extension OpenDataOrder {
    /// In the order of WeChat's own samples.
    fileprivate func writeUser(_ writer: inout JSONWriter) {
        writer.member("nickName", texts["nickName"] ?? "Band")
        writer.member("gender", gender ?? 1)
        writer.member("language", "zh_CN")
        writer.member("city", texts["city"] ?? "Guangzhou")
        writer.member("province", texts["province"] ?? "Guangdong")
        writer.member("country", texts["country"] ?? "CN")
        writer.member("avatarUrl", texts["avatarUrl"] ?? "https://thirdwx.qlogo.cn/mmopen/vi_32/stand-in/132")
    }
}

extension PhoneNumber {
    /// As in `phone_info`, which is also the content of the encrypted data.
    func json(appID: String, timestamp: Int64) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("phoneNumber", countryCode == "86" ? number : "+\(countryCode)\(number)")
            writer.member("purePhoneNumber", number)
            writer.member("countryCode", countryCode)
            writer.writeWatermark(appID: appID, timestamp: timestamp)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func writeWatermark(appID: String, timestamp: Int64) {
        name("watermark")
        beginObject()
        member("timestamp", timestamp)
        member("appid", appID)
        endObject()
    }
}

extension StandInState {
    /// The owner of the requested open data, and the key.
    func dataOwner(_ order: OpenDataOrder) throws(ControlFault) -> CodeOwner {
        var owner: CodeOwner
        switch order.owner {
        case .code(let code):
            guard let known = codes.content(of: code) else { throw ControlFault("unknown login code") }
            owner = known
            owner.appID = order.appID ?? known.appID ?? users.latestApp(of: known.openid)
        case .openid(let openid):
            let appID = order.appID ?? users.latestApp(of: openid)
            guard let appID, let key = users.sessionKey(openid: openid, appID: appID) else {
                throw ControlFault("this user has not logged in")
            }
            owner = CodeOwner(openid: openid, unionid: users.unionid(of: openid), appID: appID, sessionKey: key)
        }
        if owner.appID == nil { throw ControlFault("\"appId\" is missing: the code is for any app") }
        return owner
    }
}
