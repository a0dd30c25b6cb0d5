import Cryptography
import JSON
import Login
import ScriptedServer
import Sessions
import Testing

private func decoded(_ base64: String) throws -> [UInt8] {
    let text = Array(base64.utf8)
    let bytes = Base64.decode(text.span)
    return try #require(bytes)
}

/// What a client can make of encrypted data without their key: AES-CBC shows changes to nobody.
private struct KnownText {
    let plaintext: [UInt8]
    let iv: [UInt8]
    let ciphertext: [UInt8]

    /// As WeChat encrypts them, under the key of its own example.
    init(_ plaintext: String) throws {
        let (text, vector, key) = (Array(plaintext.utf8), try SecureRandom.bytes(16), try decoded(sessionKey))
        ciphertext = try AES128CBC.encrypt(text.span, key: key.span, iv: vector.span)
        self.plaintext = text
        iv = vector
    }

    /// A body that decrypts to `opening`, 16 bytes, and then to what stands behind the block at `offset`. Takes text, IV
    /// and ciphertext, and no key: the block's plaintext is what its cipher gives, combined with the block before.
    func body(opening: String, at offset: Int) throws -> String {
        let block = offset..<(offset + 16)
        let before = offset == 0 ? iv : Array(ciphertext[(offset - 16)..<offset])
        let opening = Array(opening.utf8)
        try #require(opening.count == 16 && offset.isMultiple(of: 16))
        let forged = zip(zip(before, plaintext[block]), opening).map { $0.0 ^ $0.1 ^ $1 }
        let data = Array(ciphertext[offset...])
        return #"{"encryptedData":"\#(Base64.encode(data.span))","iv":"\#(Base64.encode(forged.span))"}"#
    }
}

/// What WeChat tells of a user, in its order, with texts of the user's choice.
private struct UserText {
    var nickName = "n"
    var city = "Guangzhou"
    var avatarUrl = "https://thirdwx.qlogo.cn/0"
    var tail = ""

    var json: String {
        #"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"\#(nickName)","gender":1,"language":"zh_CN","#
            + #""city":"\#(city)","province":"Guangdong","country":"CN","avatarUrl":"\#(avatarUrl)"\#(tail),"#
            + #""watermark":{"timestamp":\#(now),"appid":"wx1"}}"#
    }

    /// With as much in front of the victim's number as brings it to the beginning of a block.
    static func aligned(
        _ member: ForgedPhoneTests.Member,
        _ text: String,
        tail: String = ""
    ) throws -> (UserText, offset: Int) {
        for filler in 0..<16 {
            var user = UserText(tail: tail)
            let value = String(repeating: "x", count: filler) + text
            switch member {
            case .nickName: user.nickName = value
            case .city: user.city = value
            case .avatarUrl: user.avatarUrl = value
            }
            let json = Array(user.json.utf8)
            let digits = Array(text.utf8)
            guard let place = (0..<json.count).first(where: { json[$0...].starts(with: digits) }) else { continue }
            if place.isMultiple(of: 16) { return (user, place) }
        }
        throw Misaligned()
    }

    struct Misaligned: Error {}
}

@Suite("A phone number made of other open data", .timeLimit(.minutes(5)))
struct ForgedPhoneTests {
    private static let victim = "13800138000"

    /// Texts of a user's own choice.
    enum Member: CaseIterable {
        case nickName, city, avatarUrl
    }

    @Test(
        "digits of the user's own data are no phone number, wherever they begin a block",
        arguments: Member.allCases,
        ["", #","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA""#]
    )
    func digits(in member: Member, tail: String) async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        let (user, offset) = try UserText.aligned(member, Self.victim, tail: tail)
        let body = try KnownText(user.json).body(opening: #"{"phoneNumber":""#, at: offset - 16)
        let answer = await house.call(.updatePhone, holder, body)
        #expect(answer.failure == .openDataRefused)
        #expect(store.count(.update) == 0 && store.stored(holder.user)?.phone == nil)
        #expect(await house.phone(of: holder) == .success(nil))
    }

    @Test("the forged text is what the attack says it is, so that its refusal means something")
    func attack() async throws {
        let (user, offset) = try UserText.aligned(.nickName, Self.victim)
        let known = try KnownText(user.json)
        let key = try decoded(sessionKey)
        let body = try known.body(opening: #"{"phoneNumber":""#, at: offset - 16)
        let sent = try JSONReader().read(Array(body.utf8))
        let data = try decoded(try #require(sent["encryptedData"]?.string))
        let iv = try decoded(try #require(sent["iv"]?.string))
        let plain = try AES128CBC.decrypt(data.span, key: key.span, iv: iv.span)
        let seen = String(decoding: plain, as: UTF8.self)
        #expect(seen.hasPrefix(#"{"phoneNumber":"13800138000","gender":1,"#) && seen.hasSuffix(#""appid":"wx1"}}"#))
    }

    @Test("a text in the user's data that spells all members is no phone number either")
    func escaped() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        // WeChat escapes the quotation marks; what is cut off is the backslash in front of the first one.
        let text = #"13800138000\",\"purePhoneNumber\":\"13800138000\",\"countryCode\":\"86"#
        let (user, offset) = try UserText.aligned(.nickName, text)
        let body = try KnownText(user.json).body(opening: #"{"phoneNumber":""#, at: offset - 16)
        #expect(await house.call(.updatePhone, holder, body).failure == .openDataRefused)
    }

    @Test("another user's phone number cannot open a user's data")
    func phoneAsUser() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        let body = try openData(
            #"{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":"86","openId":"oGZ","#
                + #""watermark":{"timestamp":\#(now),"appid":"wx1"}}"#
        )
        #expect(await house.call(.updateUser, holder, body).failure == .openDataRefused)
        #expect(store.count(.update) == 0)
    }

    @Test("encrypted phone numbers are good for ten minutes, so that an old one cannot be bound again and again")
    func replay() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        let body = try phoneData("13580006666")
        #expect(await house.call(.updatePhone, holder, body).data != nil)
        #expect(await house.call(.unbindPhone, holder).data != nil)
        house.clock.advance(601)
        #expect(await house.call(.updatePhone, holder, body).failure == .openDataRefused)
        #expect(store.stored(holder.user)?.phone == nil)
    }

    @Test("with phoneBy code, encrypted data are refused unread, and a code goes on")
    func codeOnly() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store, { parts, _ in parts.takesEncryptedPhone = false }) { request in
            if request.target.hasPrefix("/sns/") { return .answer(success) }
            if request.target.hasPrefix("/cgi-bin/") {
                return .answer(http(#"{"access_token":"at","expires_in":7200}"#))
            }
            return .answer(PhoneEndpointTests.phone())
        }
        let holder = try await house.holder()
        let sealed = try phoneData("13580006666")
        for body in [sealed, #"{"encryptedData":1}"#, "{}"] {
            let message = try #require(await house.call(.updatePhone, holder, body).badRequest)
            #expect(message.contains(#"send "code""#))
        }
        #expect(store.count(.sessionKey) == 0 && store.count(.update) == 0)
        let both = String(sealed.dropLast()) + #","code":"p1"}"#
        #expect(await house.call(.updatePhone, holder, both).data != nil)
        #expect(store.stored(holder.user)?.phone == "13800000000")
    }
}
