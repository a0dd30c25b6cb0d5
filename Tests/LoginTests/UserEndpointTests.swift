import Cryptography
import JSON
import Login
import ScriptedServer
import Sessions
import Testing

@Suite("POST /auth/user", .timeLimit(.minutes(5)))
struct UserEndpointTests {
    @Test("plain members are recorded, every worker knows, and a new token says so")
    func plain() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        house.workers.hold()
        async let pending = house.call(
            .updateUser,
            holder,
            #"{"nickname":"门神","avatarUrl":"https://a.example/b?c=d","gender":2,"city":"","country":"CN","x":[]}"#
        )
        while house.workers.waiting < 1 { await Task.yield() }
        #expect(
            house.workers.changes.contains {
                $0.kind == .userKnown(holder.user, .profile) && $0.until == now + day + 60
            }
        )
        house.workers.release()
        let answer = await pending
        let data = try #require(answer.data)
        #expect(answer.reply.carriesToken && answer.userID == holder.userID)
        #expect(data["token"]?.string?.contains(holder.sessionID) == true && data["tokenType"]?.string == "Bearer")
        #expect(data["expiresIn"]?.integer == 7200 && data["expiresAt"]?.integer == now + 7200)
        #expect(data["authStep"]?.integer == 2)
        let info = try #require(data["userInfo"])
        #expect(info["nickname"]?.string == "门神" && info["avatarUrl"]?.string == "https://a.example/b?c=d")
        let subject = try #require(house.minter.subjects.last)
        #expect(subject.facts == .profile && subject.sessionID == holder.sessionID && subject.openid == "oGZ")
        let stored = try #require(store.stored(holder.user)?.profile)
        #expect(stored.gender == 2 && stored.city == nil && stored.country == "CN")
        let later = await house.call(.updateUser, holder, #"{"city":"广州"}"#)
        #expect(later.data?["userInfo"]?["nickname"]?.string == "门神")
        #expect(house.workers.changes.filter { $0.kind == .userKnown(holder.user, .profile) }.count == 2)
    }

    static let refused: [(String, String)] = [
        ("", "empty"), ("[]", "JSON object"), ("{}", "nothing to update"), (#"{"nick":"n"}"#, "nothing to update"),
        (#"{"nickname":7}"#, #""nickname" must be a string"#), (#"{"nickname":null}"#, #""nickname" must be a string"#),
        (#"{"nickname":""}"#, #""nickname" must have 1 to 64"#),
        (#"{"nickname":"\#(String(repeating: "门", count: 65))"}"#, #""nickname" must have 1 to 64"#),
        (#"{"nickname":"e\#(String(repeating: "\u{301}", count: 600))"}"#, #""nickname" must have 1 to 64"#),
        (#"{"nickname":"a\u0000b"}"#, "control"), (#"{"nickname":"a\u0085b"}"#, "control"),
        (#"{"nickname":"a\u2028b"}"#, "control"), (#"{"city":"a\nb"}"#, #""city" must have"#),
        (#"{"province":"\#(String(repeating: "p", count: 65))"}"#, #""province" must have"#),
        (#"{"country":1}"#, #""country" must be a string"#),
        (#"{"gender":3}"#, #""gender" must be a number from 0 to 2"#), (#"{"gender":-1}"#, #""gender" must be"#),
        (#"{"gender":"1"}"#, #""gender" must be"#), (#"{"gender":1.0}"#, #""gender" must be"#),
        (#"{"avatarUrl":""}"#, #""avatarUrl" must be an https URL"#),
        (#"{"avatarUrl":"http://tmp/x.png"}"#, "uploaded first"), (#"{"avatarUrl":"wxfile://x"}"#, "an https URL"),
        (#"{"avatarUrl":"javascript:alert(1)"}"#, "an https URL"), (#"{"avatarUrl":"https://"}"#, "an https URL"),
        (#"{"avatarUrl":"https://a@b/c"}"#, "an https URL"), (#"{"avatarUrl":"https://a/\"x"}"#, "an https URL"),
        (#"{"avatarUrl":"https://a/\#(String(repeating: "x", count: 1020))"}"#, "an https URL"),
        (#"{"encryptedData":"x"}"#, #""iv" is missing; it goes with "encryptedData""#),
        (#"{"iv":"x"}"#, #""encryptedData" is missing"#), (#"{"rawData":"x"}"#, #""signature" is missing"#),
        (#"{"signature":"x","nickname":"n"}"#, #""rawData" is missing"#),
        (#"{"encryptedData":1,"iv":"x"}"#, #""encryptedData" must be a string"#),
        (#"{"nickname":"\#(String(repeating: "n", count: 65_536))"}"#, "larger than 65536 bytes"),
    ]

    @Test("what is not as documented is said, and nothing of it is recorded or quoted", arguments: refused)
    func bounds(_ body: String, _ words: String) async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        let message = try #require(await house.call(.updateUser, holder, body).badRequest)
        #expect(message.contains(words), "\(message)")
        #expect(store.count(.update) == 0 && store.count(.sessionKey) == 0)
    }

    @Test("the placeholder nickname is no profile")
    func placeholder() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        let answer = await house.call(.updateUser, holder, #"{"nickname":"微信用户","avatarUrl":"https://g/0"}"#)
        #expect(answer.data?["userInfo"]?["avatarUrl"]?.isNull == true)
        #expect(answer.data?["authStep"]?.integer == 1 && answer.data?["userInfo"]?["nickname"]?.isNull == true)
    }

    @Test("what a nickname may hold, it holds unchanged", arguments: ["门", "👨‍👩‍👧‍👦", "a b\"\\", "<b>", "\u{202E}x"])
    func texts(_ nickname: String) async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let answer = await house.call(.updateUser, try await house.holder(), #"{"nickname":\#(quoted(nickname))}"#)
        #expect(answer.data?["userInfo"]?["nickname"]?.string == nickname)
    }

    @Test("a session that is gone is unknown")
    func unknown() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        _ = await house.call(.logout, holder)
        for body in [#"{"nickname":"n"}"#, OfficialVector.body()] {
            #expect(await house.call(.updateUser, holder, body).failure == .sessionUnknown)
        }
        #expect(await house.call(.unbindPhone, holder).failure == .sessionUnknown)
    }
}

@Suite("Open data of a user", .timeLimit(.minutes(5)))
struct OpenDataEndpointTests {
    private func house(_ store: MemoryStore = MemoryStore(), key: String = sessionKey) throws -> LoginHouse {
        try LoginHouse(apps: [OfficialVector.appID], store: store) { _ in .answer(OfficialVector.login(key: key)) }
    }

    @Test("the official sample: profile and unionid are recorded, the avatar with https")
    func official() async throws {
        let store = MemoryStore()
        let house = try house(store)
        let holder = try await house.holder(appID: OfficialVector.appID)
        let answer = await house.call(
            .updateUser,
            holder,
            OfficialVector.body(extra: #","nickname":"mine","city":"x""#)
        )
        let info = try #require(answer.data?["userInfo"])
        #expect(info["nickname"]?.string == "Band" && info["hasUnionId"]?.bool == true)
        #expect(info["avatarUrl"]?.string?.hasPrefix("https://wx.qlogo.cn/mmopen/") == true)
        let stored = try #require(store.stored(holder.user))
        #expect(stored.unionid == OfficialVector.unionid && stored.profile.gender == 1)
        #expect(stored.profile.city == "Guangzhou" && stored.profile.country == "CN")
        #expect(house.minter.subjects.last?.unionid == OfficialVector.unionid)
    }

    @Test(
        "whatever is wrong with it, the answer is one and the same, and nothing is recorded",
        arguments: [
            #"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"n","watermark":{"appid":"wx1"}}"#,
            #"{"openId":"another","nickName":"n","watermark":{"appid":"wx4f4bc4dec97d474b"}}"#,
            #"{"nickName":"n","watermark":{"appid":"wx4f4bc4dec97d474b"}}"#,
            #"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"n"}"#, "no JSON",
        ]
    )
    func refused(_ plain: String) async throws {
        let store = MemoryStore()
        let house = try house(store)
        let holder = try await house.holder(appID: OfficialVector.appID)
        #expect(await house.call(.updateUser, holder, try openData(plain)).failure == .openDataRefused)
        #expect(store.count(.update) == 0)
    }

    @Test(
        "a key of another login does not open it",
        arguments: ["gmEr2pRGjx59CFSvEQ8EUg==", "w3x5OZPU/SNAXL9/d0eRzA==", "no-base64"]
    )
    func wrongKey(_ key: String) async throws {
        let house = try house(key: key)
        let holder = try await house.holder(appID: OfficialVector.appID)
        #expect(await house.call(.updateUser, holder, OfficialVector.body()).failure == .openDataRefused)
    }

    @Test("the newest login's key is the one that counts")
    func newestKey() async throws {
        let keys = ["gmEr2pRGjx59CFSvEQ8EUg==", sessionKey]
        let house = try LoginHouse(apps: [OfficialVector.appID]) { request in
            .answer(OfficialVector.login(key: keys[min(request.number, 2) - 1]))
        }
        let holder = try await house.holder(code: "c1", appID: OfficialVector.appID)
        #expect(await house.call(.updateUser, holder, OfficialVector.body()).failure == .openDataRefused)
        _ = try await house.holder(code: "c2", appID: OfficialVector.appID)
        #expect(await house.call(.updateUser, holder, OfficialVector.body()).data != nil)
    }

    private static let rawData =
        #"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#

    @Test("signed data counts where the signature is right (official sample)")
    func signed() async throws {
        let house = try LoginHouse { _ in .answer(http(#"{"openid":"o","session_key":"HyVFkGl5F5OQWJZZaNzBBg=="}"#)) }
        let holder = try await house.holder()
        let raw = quoted(Self.rawData)
        let signature = "75e81ceda165f4ffa64f4068af58c64b8f54b88c"
        let good = await house.call(.updateUser, holder, #"{"rawData":\#(raw),"signature":"\#(signature)"}"#)
        #expect(good.data?["userInfo"]?["nickname"]?.string == "Band")
        for bad in [String(signature.dropLast()) + "d", "", "x"] {
            let body = #"{"rawData":\#(raw),"signature":"\#(bad)","nickname":"n"}"#
            #expect(await house.call(.updateUser, holder, body).failure == .openDataRefused)
        }
    }

    @Test("a wrong signature spoils encrypted data that are right")
    func both() async throws {
        let house = try house()
        let holder = try await house.holder(appID: OfficialVector.appID)
        let body = OfficialVector.body(extra: #","rawData":"{}","signature":"00""#)
        #expect(await house.call(.updateUser, holder, body).failure == .openDataRefused)
    }

    @Test("the placeholder of November 2022 is no profile, and what the client says stays")
    func placeholder() async throws {
        let house = try house()
        let holder = try await house.holder(appID: OfficialVector.appID)
        let plain =
            #"{"openId":"\#(OfficialVector.openid)","nickName":"微信用户","gender":0,"city":"","province":"","country":"","#
            + #""avatarUrl":"https://thirdwx.qlogo.cn/grey","watermark":{"appid":"\#(OfficialVector.appID)"}}"#
        let sealed = try openData(plain)
        let answer = await house.call(.updateUser, holder, sealed)
        #expect(answer.data?["authStep"]?.integer == 1)
        #expect(answer.data?["userInfo"]?["avatarUrl"]?.isNull == true)
        let named = await house.call(.updateUser, holder, String(sealed.dropLast()) + #","nickname":"me"}"#)
        #expect(named.data?["userInfo"]?["nickname"]?.string == "me")
    }

    @Test("a unionid in them is recorded where the login told none, and is no identity where accounts are linked")
    func linked() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(
            apps: [OfficialVector.appID],
            store: store,
            { parts, _ in parts.linksByUnionid = true },
            respond: { _ in .answer(OfficialVector.login()) }
        )
        let holder = try await house.holder(appID: OfficialVector.appID)
        let answer = await house.call(.updateUser, holder, OfficialVector.body())
        #expect(answer.data?["userInfo"]?["hasUnionId"]?.bool == false && answer.data?["authStep"]?.integer == 2)
        #expect(store.stored(holder.user)?.unionid == nil)
    }

    @Test("with another unionid or openid than the login told they are refused", arguments: ["sealed", "signed"])
    func otherUser(_ kind: String) async throws {
        let store = MemoryStore()
        let house = try LoginHouse(apps: [OfficialVector.appID], store: store) { _ in
            .answer(
                http(#"{"openid":"\#(OfficialVector.openid)","session_key":"\#(sessionKey)","unionid":"oOTHER"}"#)
            )
        }
        let holder = try await house.holder(appID: OfficialVector.appID)
        var bodies = [OfficialVector.body()]
        if kind == "signed" {
            bodies = try [#"{"nickName":"n","unionId":"u"}"#, #"{"nickName":"n","openId":"o"}"#].map { raw in
                let digest = try Digest.sha1(Array((raw + sessionKey).utf8).span)
                return #"{"rawData":\#(quoted(raw)),"signature":"\#(Hex.encode(digest.span))"}"#
            }
        }
        for body in bodies { #expect(await house.call(.updateUser, holder, body).failure == .openDataRefused) }
        #expect(store.count(.update) == 0 && store.stored(holder.user)?.unionid == "oOTHER")
    }

    @Test("where the stored key cannot be read, or the user has none, a new login brings one")
    func noKey() async throws {
        let store = MemoryStore()
        let house = try house(store)
        let holder = try await house.holder(appID: OfficialVector.appID)
        store.fail(.sessionKey, with: .sealing)
        #expect(await house.call(.updateUser, holder, OfficialVector.body()).failure == .openDataRefused)
        store.fail(.sessionKey, with: nil)
        #expect(await house.admin(.mintToken, #"{"userId":"app-user-7"}"#).data != nil)
        let elsewhere = SessionHolder(try #require(house.minter.subjects.last))
        #expect(await house.call(.updateUser, elsewhere, OfficialVector.body()).failure == .openDataRefused)
        #expect(await house.call(.updateUser, elsewhere, #"{"nickname":"n"}"#).data != nil)
    }
}
