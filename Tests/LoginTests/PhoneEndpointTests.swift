import JSON
import Login
import ScriptedServer
import Sessions
import Testing

@testable import WeChat

@Suite("POST and DELETE /auth/phone", .timeLimit(.minutes(5)))
struct PhoneEndpointTests {
    private static func stableToken(_ text: String = accessToken) -> String {
        http(#"{"access_token":"\#(text)","expires_in":7200}"#)
    }

    static func phone(_ number: String = "13800000000", appID: String = "wx1") -> String {
        http(
            #"{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"\#(number)","purePhoneNumber":"\#(number)","#
                + #""countryCode":86,"watermark":{"timestamp":1,"appid":"\#(appID)"}}}"#
        )
    }

    /// WeChat with logins and access tokens, and these answers to phone codes, one after the other; the last goes on.
    private func house(_ answers: [String], store: MemoryStore = MemoryStore()) throws -> LoginHouse {
        let asked = Collected<Int>()
        return try LoginHouse(store: store) { request in
            if request.target.hasPrefix("/sns/") { return .answer(success) }
            if request.target.hasPrefix("/cgi-bin/") { return .answer(Self.stableToken("token-\(request.number)")) }
            asked.put(request.number)
            return .answer(answers[min(asked.all.count, answers.count) - 1])
        }
    }

    private func phoneCalls(_ house: LoginHouse) -> [String] {
        house.calls.filter { $0.hasPrefix("/wxa/") || $0.hasPrefix("/cgi-bin/") }
    }

    @Test("a phone code: the number is recorded, shown masked, and the token says so")
    func code() async throws {
        let store = MemoryStore()
        let house = try house([Self.phone()], store: store)
        let holder = try await house.holder()
        let answer = await house.call(.updatePhone, holder, #"{"code":"p1","encryptedData":"x","iv":"y"}"#)
        #expect(answer.data?["userInfo"]?["phone"]?.string == "138****0000" && answer.reply.carriesToken)
        #expect(answer.text?.contains("13800000000") == false)
        #expect(answer.data?["authStep"]?.integer == 1)
        #expect(house.workers.changes.contains { $0.kind == .userKnown(holder.user, .phone) })
        #expect(store.stored(holder.user)?.phone == "13800000000")
        #expect(phoneCalls(house) == ["/cgi-bin/stable_token", "/wxa/business/getuserphonenumber"])
        let request = try #require(house.server.requests.last)
        #expect(request.target.hasSuffix("?access_token=token-2") && request.body == #"{"code":"p1"}"#)
        #expect(house.endpoints.loginCounts().apps["wx1"]?.phoneNumbers == ["ok": 1])
    }

    @Test("an access token that WeChat refuses is fetched anew once", arguments: [40001, 40014, 42001])
    func refetch(_ code: Int) async throws {
        let house = try house([errcode(code), Self.phone()])
        let holder = try await house.holder()
        #expect(await house.call(.updatePhone, holder, #"{"code":"p1"}"#).data != nil)
        let (token, phone) = ("/cgi-bin/stable_token", "/wxa/business/getuserphonenumber")
        #expect(phoneCalls(house) == [token, phone, token, phone])
        let targets = house.server.requests.map(\.target).filter { $0.hasPrefix("/wxa/") }
        #expect(Set(targets).count == 2)
    }

    @Test("and not a second time")
    func refetchOnce() async throws {
        let house = try house([errcode(40001)])
        let holder = try await house.holder()
        #expect(await house.call(.updatePhone, holder, #"{"code":"p1"}"#).failure == .wechatUnavailable(status: 503))
        #expect(phoneCalls(house).filter { $0.hasPrefix("/wxa/") }.count == 2)
    }

    static let failures: [(String, LoginFailure)] = [
        (errcode(40029), .codeInvalid(mock: false)), (errcode(40163), .codeUsed),
        (errcode(-1), .wechatUnavailable(status: 503)),
        (errcode(45011), .throttled(retryAfter: 60)), (errcode(48001), .misconfigured),
        (phone(appID: "wx2"), .wechatUnavailable(status: 502)), (phone("no number"), .wechatUnavailable(status: 502)),
        (http("<html>"), .wechatUnavailable(status: 502)), (http("{}", status: 500), .wechatUnavailable(status: 502)),
        (http(#"{"errcode":0}"#), .wechatUnavailable(status: 502)),
    ]

    @Test("each failure of WeChat is the contract's, and nothing is recorded", arguments: failures)
    func failing(_ answer: String, _ failure: LoginFailure) async throws {
        let store = MemoryStore()
        let house = try house([answer], store: store)
        let holder = try await house.holder()
        let answer = await house.call(.updatePhone, holder, #"{"code":"p1"}"#)
        #expect(answer.failure == failure && answer.userID == holder.userID)
        #expect(store.count(.update) == 0)
        #expect(house.endpoints.loginCounts().apps["wx1"]?.phoneNumbers == [failure.label: 1])
    }

    @Test("without an access token there is no number, and the code is not spent")
    func noAccessToken() async throws {
        let house = try LoginHouse { request in
            .answer(request.target.hasPrefix("/sns/") ? success : errcode(40125))
        }
        let holder = try await house.holder()
        #expect(await house.call(.updatePhone, holder, #"{"code":"p1"}"#).failure == .misconfigured)
        #expect(phoneCalls(house) == ["/cgi-bin/stable_token"])
    }

    @Test("for a session that is gone, no code is spent")
    func unknownSession() async throws {
        let house = try house([Self.phone()])
        let holder = try await house.holder()
        _ = await house.call(.logout, holder)
        #expect(await house.call(.updatePhone, holder, #"{"code":"p1"}"#).failure == .sessionUnknown)
        #expect(phoneCalls(house).isEmpty)
    }

    @Test(
        "a code that WeChat could not have given is not sent",
        arguments: ["a b", "c%26", String(repeating: "x", count: 129)]
    )
    func impossibleCode(_ code: String) async throws {
        let house = try house([Self.phone()])
        let holder = try await house.holder()
        #expect(await house.call(.updatePhone, holder, #"{"code":"\#(code)"}"#).failure == .codeInvalid(mock: false))
        #expect(phoneCalls(house).isEmpty)
    }

    @Test("encrypted data of this app give the number; of another they are refused")
    func sealed() async throws {
        let store = MemoryStore()
        let house = try house([], store: store)
        let holder = try await house.holder()
        func data(_ appID: String, _ number: String, _ pure: String, _ country: String) throws -> String {
            try openData(
                #"{"phoneNumber":"\#(number)","purePhoneNumber":"\#(pure)","countryCode":"\#(country)","#
                    + #""watermark":{"timestamp":\#(now),"appid":"\#(appID)"}}"#
            )
        }
        for body in [
            try data("wx2", "13800000000", "13800000000", "86"), try data("wx1", "abc", "abc", "86"),
            try data("wx1", "+852-9876-5432", "9876-5432", "852"), try openData("{}"),
        ] {
            #expect(await house.call(.updatePhone, holder, body).failure == .openDataRefused)
        }
        #expect(store.count(.update) == 0)
        let answer = await house.call(.updatePhone, holder, try data("wx1", "85298765432", "98765432", "852"))
        #expect(answer.data?["userInfo"]?["phone"]?.string == "****5432")
        #expect(store.stored(holder.user)?.phone == "+85298765432")
        #expect(phoneCalls(house).isEmpty)
    }

    @Test("unbinding forgets the number")
    func unbind() async throws {
        let store = MemoryStore()
        let house = try house([Self.phone()], store: store)
        let holder = try await house.holder()
        _ = await house.call(.updateUser, holder, #"{"nickname":"n"}"#)
        #expect(await house.call(.updatePhone, holder, #"{"code":"p1"}"#).data?["authStep"]?.integer == 3)
        let answer = await house.call(.unbindPhone, holder)
        #expect(answer.data?["authStep"]?.integer == 2 && answer.data?["userInfo"]?["phone"]?.isNull == true)
        #expect(answer.token != nil && store.stored(holder.user)?.phone == nil)
        #expect(await house.phone(of: holder) == .success(nil))
        #expect(house.minter.subjects.last?.facts == .profile)
    }

    @Test(
        "what is not as documented is said",
        arguments: [
            ("", "empty"), ("{}", #"send "code", or "encryptedData" and "iv""#), (#"{"code":1}"#, #""code" must be"#),
            (#"{"code":""}"#, "getPhoneNumber button"), (#"{"iv":"x"}"#, #""encryptedData" is missing"#),
        ]
    )
    func bounds(_ body: String, _ words: String) async throws {
        let house = try house([])
        let holder = try await house.holder()
        #expect(await house.call(.updatePhone, holder, body).badRequest?.contains(words) == true)
    }
}
