import Cryptography
import JSON
import RandomJSON
import Testing
import WeChat

/// The example of WeChat's own guide ("signature check and decryption of open data").
enum OfficialVector {
    static let appID = "wx4f4bc4dec97d474b"
    static let sessionKey = "tiihtNczf5v6AKRyjwEUhQ=="
    static let iv = "r7BXXKkLb8qrSNn05n0qiA=="
    static let encryptedData =
        "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4l"
        + "GOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInN"
        + "lxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/"
        + "r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7Xjf"
        + "hQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
}

private func decoded(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    return Base64.decode(bytes.span)
}

@Suite("Encrypted open data")
struct OpenDataTests {
    private static let watermark = SealedData.watermark
    private static let members = #""phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86""#

    private func official(
        data: String = OfficialVector.encryptedData,
        iv: String = OfficialVector.iv,
        key: String = OfficialVector.sessionKey,
        appID: String = OfficialVector.appID
    ) throws(OpenDataFault) -> OpenUserInfo {
        try OpenData.userInfo(encryptedData: data, iv: iv, sessionKey: key, appID: appID)
    }

    @Test("WeChat's own example, byte for byte")
    func officialVector() throws {
        let info = try official()
        #expect(info.openId == "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
        #expect(info.unionId == "ocMvos6NjeKLIBqg5Mr9QjxrP1FA")
        let profile = try #require(info.profile)
        #expect(profile.nickName == "Band" && profile.gender == 1 && profile.city == "Guangzhou")
        #expect(profile.province == "Guangdong" && profile.country == "CN")
        #expect(profile.avatarUrl?.hasPrefix("http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0q") == true)

        let data = try #require(decoded(OfficialVector.encryptedData))
        let key = try #require(decoded(OfficialVector.sessionKey))
        let iv = try #require(decoded(OfficialVector.iv))
        let plain = try AES128CBC.decrypt(data.span, key: key.span, iv: iv.span)
        let digest = try Digest.sha256(plain.span)
        #expect(plain.count == 393)
        #expect(Hex.encode(digest.span) == "3237d8a5dbd413523c194882c7156544d8a06e2afcc97383cc300c17bd09391b")
    }

    @Test("line breaks and spaces inside the base64 do not matter")
    func whiteSpace() throws {
        let broken = OfficialVector.encryptedData.enumerated().map {
            $0.offset % 76 == 75 ? "\($0.element)\r\n" : "\($0.element)"
        }
        let info = try official(
            data: broken.joined() + "\n",
            iv: " " + OfficialVector.iv,
            key: OfficialVector.sessionKey + "\n"
        )
        #expect(info.openId == "oGZUI0egBJY1zhBYw2KhdUfwVJJE")
    }

    @Test(
        "a wrong key fails, whether the padding finds out or, one time in 256, only the JSON",
        arguments: [("gmEr2pRGjx59CFSvEQ8EUg==", false), ("w3x5OZPU/SNAXL9/d0eRzA==", true)]
    )
    func wrongKeys(_ key: String, _ passesPadding: Bool) throws {
        #expect(throws: OpenDataFault()) { try official(key: key) }
        let bytes = try #require(decoded(key))
        let iv = try #require(decoded(OfficialVector.iv))
        let data = try #require(decoded(OfficialVector.encryptedData))
        #expect(((try? AES128CBC.decrypt(data.span, key: bytes.span, iv: iv.span)) != nil) == passesPadding)
    }

    @Test("thousands of random keys fail")
    func randomKeys() throws {
        for _ in 0..<3000 {
            let key = try SecureRandom.bytes(16)
            #expect(throws: OpenDataFault()) { try official(key: Base64.encode(key.span)) }
        }
    }

    @Test("data of another app fails, for users and phones")
    func otherApp() throws {
        #expect(throws: OpenDataFault()) { try official(appID: "wx4f4bc4dec97d474c") }
        #expect(throws: OpenDataFault()) { try official(appID: "") }
        let phone = try SealedData("{\(Self.members),\(Self.watermark)}")
        #expect(try phone.phoneNumber().phoneNumber == "13580006666")
        #expect(throws: OpenDataFault()) { try phone.phoneNumber(appID: "wx2") }
    }

    @Test(
        "what is no open data fails in one way",
        arguments: [
            ("", nil, nil), ("AAAA", nil, nil), ("*", nil, nil), (nil, "", nil), (nil, "AAAA", nil),
            (nil, "r7BXXKk", nil),
            (nil, nil, ""), (nil, nil, "AAAA"), (nil, nil, "not base64 at all"),
            (nil, nil, "tiihtNczf5v6AKRyjwEUhXRpaWh0TmN6"),
        ] as [(String?, String?, String?)]
    )
    func noOpenData(_ data: String?, _ iv: String?, _ key: String?) {
        #expect(throws: OpenDataFault()) {
            try official(
                data: data ?? OfficialVector.encryptedData,
                iv: iv ?? OfficialVector.iv,
                key: key ?? OfficialVector.sessionKey
            )
        }
    }

    @Test(
        "without the app's watermark, or with members of another shape, it is not believed",
        arguments: [
            "", "null", "[]", "17", #"{"openId":"o"}"#, #"{"openId":"o","watermark":"wx1"}"#,
            #"{"openId":"o","watermark":{"appid":1}}"#, #"{"openId":"o","watermark":{"appid":"WX1"}}"#,
            #"{\#(watermark)}"#, #"{"openId":"",\#(watermark)}"#, #"{"openId":7,\#(watermark)}"#,
            #"{"openId":"o o",\#(watermark)}"#, #"{"openId":"o","unionId":"u\n",\#(watermark)}"#,
            #"{"openId":"o","nickName":{},\#(watermark)}"#, #"{"openId":"a","openId":"b",\#(watermark)}"#,
            #"{"openId":"o",\#(watermark)} x"#, #"{"openId":"o",\#(watermark),\#(watermark)}"#,
            "{\"openId\":\"o\",\"nickName\":\"a\u{1}\",\(watermark)}",
            #"{"openId":"o","city":"\#(String(repeating: "x", count: 1025))",\#(watermark)}"#,
        ]
    )
    func notBelieved(_ json: String) throws {
        #expect(throws: OpenDataFault()) { try SealedData(json).userInfo() }
    }

    @Test("bytes that are no UTF-8 fail")
    func noUTF8() throws {
        let json = Array(#"{"openId":"o","nickName":""#.utf8) + [0xC3, 0x28] + Array(#"",\#(Self.watermark)}"#.utf8)
        #expect(throws: OpenDataFault()) { try SealedData(json).userInfo() }
    }

    @Test("random users come back as they were sealed")
    func randomUsers() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        let characters = ["a", "Z", "9", " ", "神", "😀", "\"", "\\", "/", "\n", "\u{2028}", "é"]
        for round in 0..<300 {
            let count = Int.random(in: 1...60, using: &random)
            let name = (0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &random)] }
                .joined()
            let gender = Int.random(in: 0...3, using: &random)
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("openId", "o\(round)")
            writer.member("nickName", name)
            writer.member("gender", gender)
            writer.member("country", "")
            writer.member("watermark", raw: Array(#"{"timestamp":1,"appid":"wx1"}"#.utf8))
            writer.endObject()
            let info = try SealedData(writer.bytes).userInfo()
            let isRight =
                info.openId == "o\(round)" && info.unionId == nil && info.profile?.nickName == name
                && info.profile?.gender == (gender == 3 ? nil : gender) && info.profile?.country == nil
            #expect(isRight, "seed \(seed), round \(round)")
        }
    }

    @Test("a changed block never gives another phone number")
    func malleability() throws {
        let json =
            #"{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86",\#(Self.watermark)}"#
        let (key, iv) = (try SecureRandom.bytes(16), try SecureRandom.bytes(16))
        let data = try AES128CBC.encrypt(Array(json.utf8).span, key: key.span, iv: iv.span)
        // The digits stand in the second block: to change them is to spoil the first.
        for bit in 0..<128 {
            var changed = data
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: OpenDataFault()) {
                try OpenData.phoneNumber(
                    encryptedData: Base64.encode(changed.span),
                    iv: Base64.encode(iv.span),
                    sessionKey: Base64.encode(key.span),
                    appID: "wx1",
                    now: SealedData.now
                )
            }
        }
    }

    @Test(
        "the placeholder nickname, or none, is no profile",
        arguments: [#""nickName":"微信用户","#, #""nickName":"","#, #""nickName":null,"#, ""]
    )
    func placeholder(_ member: String) throws {
        let info = try SealedData(#"{"openId":"o",\#(member)"gender":0,"avatarUrl":"https://a",\#(Self.watermark)}"#)
            .userInfo()
        #expect(info.openId == "o" && info.profile == nil)
    }

    @Test(
        "user data beside a member of a phone number are refused, encrypted and signed",
        arguments: [#""phoneNumber":"13580006666""#, #""purePhoneNumber":null"#, #""countryCode":86"#]
    )
    func mixedUser(_ member: String) throws {
        let sealed = try SealedData(#"{"openId":"o","nickName":"n",\#(member),\#(Self.watermark)}"#)
        #expect(throws: OpenDataFault()) { try sealed.userInfo() }
        let raw = #"{"nickName":"n",\#(member)}"#
        let digest = try Digest.sha1(Array((raw + sealed.sessionKey).utf8).span)
        #expect(throws: OpenDataFault()) {
            try OpenData.userInfo(rawData: raw, signature: Hex.encode(digest.span), sessionKey: sealed.sessionKey)
        }
    }

    @Test("nothing of a user is printed")
    func secrecy() throws {
        let number = OpenPhoneNumber(phoneNumber: "13580006666", purePhoneNumber: "13580006666", countryCode: "86")
        let info = try official()
        var dumped = ""
        dump(number, to: &dumped)
        dump(info, to: &dumped)
        for text in ["\(number)", "\(info)", String(reflecting: number), String(reflecting: info), "\([info])", dumped]
        {
            #expect(!text.contains("1358") && !text.contains("Band") && !text.contains("oGZUI"))
        }
    }
}

@Suite("Signed open data")
struct OpenDataSignatureTests {
    private static let sessionKey = "HyVFkGl5F5OQWJZZaNzBBg=="
    private static let rawData =
        #"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","#
        + #""avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpuj"#
        + #"xyzYsrztuuICqIM5ibXQ/0"}"#
    private static let signature = "75e81ceda165f4ffa64f4068af58c64b8f54b88c"

    @Test("WeChat's own example, in either case")
    func officialVector() throws {
        for signature in [Self.signature, Self.signature.uppercased()] {
            let info = try OpenData.userInfo(rawData: Self.rawData, signature: signature, sessionKey: Self.sessionKey)
            #expect(info.openId == nil && info.profile?.nickName == "Band" && info.profile?.country == "CN")
        }
    }

    @Test("one changed character anywhere, and it is not signed")
    func changes() throws {
        let check = OpenData.isSigned
        for offset in [0, 13, Self.rawData.utf8.count - 1] {
            var raw = Array(Self.rawData.utf8)
            raw[offset] ^= 1
            #expect(!check(String(decoding: raw, as: UTF8.self), Self.signature, Self.sessionKey))
        }
        for offset in 0..<40 {
            var signature = Array(Self.signature.utf8)
            signature[offset] = signature[offset] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(!check(Self.rawData, String(decoding: signature, as: UTF8.self), Self.sessionKey))
        }
        for signature in ["", "75", Self.signature + "00", " " + Self.signature, String(Self.signature.dropLast(2))] {
            #expect(!check(Self.rawData, signature, Self.sessionKey))
        }
        #expect(!check(Self.rawData, Self.signature, "tiihtNczf5v6AKRyjwEUhQ=="))
    }

    @Test("the key counts as text, also for the HMAC that checksession wants")
    func hmac() throws {
        let key = Array("o0q0otL8aEzpcZL/FT9WsQ==".utf8)
        let some = try HMACSHA256.code(of: Array(#"{"foo":"bar"}"#.utf8).span, key: key.span)
        #expect(Hex.encode(some.span) == "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b")
        let none = try HMACSHA256.code(of: [UInt8]().span, key: key.span)
        #expect(Hex.encode(none.span) == "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128")
    }

    @Test("signed text that is no user fails")
    func noUser() throws {
        for raw in ["", "[]", "{", #"{"nickName":7}"#] {
            let digest = try Digest.sha1(Array((raw + Self.sessionKey).utf8).span)
            let signature = Hex.encode(digest.span)
            #expect(OpenData.isSigned(rawData: raw, signature: signature, sessionKey: Self.sessionKey))
            #expect(throws: OpenDataFault()) {
                try OpenData.userInfo(rawData: raw, signature: signature, sessionKey: Self.sessionKey)
            }
        }
    }
}
