import JSON
import Login
import ScriptedServer
import Sessions
import Testing
import WeChat

@Suite("POST /auth/login", .timeLimit(.minutes(5)))
struct LoginEndpointTests {
    @Test("a good code gives token, expiry, step and user")
    func success() async throws {
        let house = try LoginHouse(onDisk: true) { _ in .answer(LoginTests.success) }
        let answer = await house.login()
        let userID = try #require(answer.userID)
        let json =
            #"{"token":"the-token","tokenType":"Bearer","expiresIn":7200,"expiresAt":1790007200,"authStep":1,"#
            + #""userInfo":{"userId":"\#(userID)","nickname":null,"avatarUrl":null,"phone":null,"hasUnionId":true}}"#
        #expect(answer.text == json && answer.reply.carriesToken)
        let subject = try #require(house.minter.subjects.first)
        #expect(subject.userID == userID && subject.appID == "wx1" && subject.openid == "oGZ")
        #expect(subject.unionid == "oc" && subject.facts == [] && subject.sessionID.utf8.count == 22)
        #expect(
            house.server.requests.map(\.target) == [
                "/sns/jscode2session?appid=wx1&secret=the-app-secret-of-wx1&js_code=c1&grant_type=authorization_code"
            ]
        )
        let event = try #require(house.events.first)
        #expect(house.events.count == 1)
        #expect(event.appID == "wx1" && event.failure == nil && event.userID == userID && event.requests == 1)
        #expect(!event.needsOperator && event.duration > .zero)
    }

    @Test("user ids are the same in every gateway with the key, others per app and openid, and hide the openid")
    func userIDs() throws {
        let ids = try UserIDs(secret: Array("user id key".utf8))
        let id = try ids.userID(appID: "wx1", openid: "oGZ")
        #expect(id == "u_5Pp4fsdLJ5yLQlmM7y1UQbOY")
        #expect(try UserIDs(secret: Array("user id key".utf8)).userID(appID: "wx1", openid: "oGZ") == id)
        var all: Set = [id]
        for (appID, openid) in [("wx1", "oGY"), ("wx2", "oGZ"), ("wx", "1oGZ"), ("wx1oGZ", "")] {
            all.insert(try ids.userID(appID: appID, openid: openid))
        }
        all.insert(try UserIDs(secret: Array("another".utf8)).userID(appID: "wx1", openid: "oGZ"))
        #expect(all.count == 6)
        #expect(all.allSatisfy { $0.utf8.count == 26 })
    }

    @Test("a later login keeps the user, and begins another session")
    func again() async throws {
        let house = try LoginHouse { _ in .answer(LoginTests.success) }
        let first = await house.login(#"{"code":"c1"}"#)
        let second = await house.login(#"{"code":"c2"}"#)
        #expect(first.userID != nil && first.userID == second.userID)
        #expect(Set(house.minter.subjects.map(\.sessionID)).count == 2)
    }

    static let rows: [(Int, LoginFailure, Bool)] = [
        (40029, .codeInvalid(mock: false), false), (42003, .codeInvalid(mock: false), false),
        (41008, .codeInvalid(mock: false), false), (40163, .codeUsed, false), (40226, .userBlocked, false),
        (50002, .userBlocked, false), (45011, .throttled(retryAfter: 60), false),
        (45009, .throttled(retryAfter: 300), true), (40013, .misconfigured, true), (40125, .misconfigured, true),
        (40243, .misconfigured, true), (41002, .misconfigured, true), (41004, .misconfigured, true),
        (-1, .wechatUnavailable(status: 503), false), (12345, .wechatUnavailable(status: 503), false),
    ]

    @Test("each errcode is the contract's failure, and the log has errcode and rid", arguments: rows)
    func errcodes(_ code: Int, _ failure: LoginFailure, _ needsOperator: Bool) async throws {
        let house = try LoginHouse { _ in .answer(errcode(code)) }
        let answer = await house.login()
        #expect(answer.failure == failure && answer.userID == nil)
        let event = try #require(house.events.first)
        #expect(event.failure == failure && event.wechat?.errcode == Int64(code) && event.wechat?.rid == "65a1-b2")
        #expect(event.needsOperator == needsOperator)
        #expect(house.minter.subjects.isEmpty)
    }

    @Test(
        "where WeChat gives no answer, the status says how",
        arguments: [
            (ScriptedServer.Step.hang, 504), (.answerThenReset("HTTP/1.1 200 OK\r\ncont"), 502),
            (.answer(http("<html>", status: 200)), 502), (.answer(http(#"{"openid":"o","ses"#)), 502),
            (.answer(http("{}", status: 500)), 502),
        ]
    )
    func noAnswer(_ step: ScriptedServer.Step, _ status: Int) async throws {
        let house = try LoginHouse(timeout: status == 504 ? .milliseconds(300) : .seconds(30)) { _ in step }
        #expect(await house.login().failure == .wechatUnavailable(status: status))
        #expect(house.server.requests.count <= 1)
    }

    @Test(
        "a code that WeChat could not have given is not sent there",
        arguments: [
            ("the code is a mock one", true), ("a b", false), ("c%26", false),
            (String(repeating: "x", count: 129), false),
        ]
    )
    func impossibleCodes(_ code: String, _ mock: Bool) async throws {
        let house = try LoginHouse { _ in .answer(LoginTests.success) }
        #expect(await house.login(#"{"code":"\#(code)"}"#).failure == .codeInvalid(mock: mock))
        #expect(house.server.requests.isEmpty)
    }

    @Test(
        "where the store does not take it, there is no token",
        arguments: [
            (SessionStoreError.database(code: 13), LoginFailure.storeUnavailable), (.sealing, .storeUnavailable),
            (.unreachable, .storeUnavailable), (.overloaded, .overloaded), (.stopped, .overloaded),
        ]
    )
    func storeFails(_ error: SessionStoreError, _ failure: LoginFailure) async throws {
        let house = try LoginHouse(store: MemoryStore(failing: error)) { _ in .answer(LoginTests.success) }
        #expect(await house.login().failure == failure)
        #expect(house.minter.subjects.isEmpty)
        #expect(house.events.first?.needsOperator == (failure == .storeUnavailable))
    }
}

@Suite("The body of a login", .timeLimit(.minutes(5)))
struct LoginBodyTests {
    @Test(
        "what is wrong is said, and nothing of the body",
        arguments: [
            ("", "is empty"), ("{", "not JSON"), ("code=abc", "not JSON: byte 0"), (#"{"code":"a"} x"#, "not JSON"),
            (#"{"code":"a","code":"b"}"#, "not JSON"), ("[]", "must be a JSON object"),
            (#""abc""#, "must be a JSON object"),
            ("null", "must be a JSON object"), ("{}", #""code" is missing"#), (#"{"Code":"a"}"#, #""code" is missing"#),
            (#"{"code":7}"#, #""code" must be a string"#), (#"{"code":null}"#, #""code" must be a string"#),
            (#"{"code":""}"#, #""code" is empty"#), (#"{"code":"a","appId":7}"#, #""appId" must be a string"#),
            (#"{"code":"a","appId":null}"#, #""appId" must be a string"#),
            (#"{"code":"a","appId":"wx9"}"#, "configured"),
            (#"{"code":"a","appId":""}"#, "configured"), (#"{"code":"a","appId":"WX1"}"#, "configured"),
            (#"{"code":"\#(String(repeating: "a", count: 65_536))"}"#, "larger than 65536 bytes"),
        ]
    )
    func faults(_ body: String, _ words: String) async throws {
        let house = try LoginHouse { _ in .answer(success) }
        guard let message = await house.login(body).badRequest else {
            Issue.record("no bad request")
            return
        }
        #expect(message.contains(words))
        #expect(house.server.requests.isEmpty && house.events.isEmpty)
    }

    @Test("unknown members and white space do not matter")
    func unknownMembers() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        #expect(await house.login(" {\"x\":{\"y\":[1]},\"code\" : \"c1\",\n\"appId\":\"wx1\"} ").data != nil)
    }

    @Test("a body of 64 KiB is read")
    func large() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let start = #"{"code":"c1","x":""#
        let body = start + String(repeating: "x", count: 65_536 - start.utf8.count - 2) + #""}"#
        #expect(body.utf8.count == 65_536)
        #expect(await house.login(body).data != nil)
    }

    @Test("several apps: the header x-wx-appid names one")
    func header() async throws {
        let house = try LoginHouse(apps: ["wx1", "wx2"]) { _ in .answer(success) }
        #expect(await house.call(.login, #"{"code":"c1"}"#, appID: "wx2").data != nil)
        #expect(await house.call(.login, #"{"code":"c2","appId":"wx2"}"#, appID: "wx2").data != nil)
        #expect(house.minter.subjects.map(\.appID) == ["wx2", "wx2"])
        let differing = await house.call(.login, #"{"code":"c3","appId":"wx1"}"#, appID: "wx2")
        #expect(differing.badRequest == #""appId" and the header x-wx-appid name different apps"#)
        let unknown = await house.call(.login, #"{"code":"c3"}"#, appID: "wx3")
        #expect(unknown.badRequest == "the app in the header x-wx-appid is not configured")
        #expect(house.server.requests.count == 2)
    }

    @Test("several apps: the body names one")
    func severalApps() async throws {
        let house = try LoginHouse(apps: ["wx1", "wx2"]) { _ in .answer(success) }
        #expect(await house.login(#"{"code":"c1","appId":"wx2"}"#).data != nil)
        #expect(house.server.requests.first?.target.contains("appid=wx2&") == true)
        #expect(house.minter.subjects.first?.appID == "wx2")
        #expect(await house.login().badRequest == #""appId" is missing; several apps are configured"#)
    }
}
