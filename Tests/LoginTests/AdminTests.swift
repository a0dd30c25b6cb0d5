import JSON
import Login
import ScriptedServer
import Sessions
import Testing
import WeChat

@Suite("What operators ask for", .timeLimit(.minutes(5)))
struct AdminTests {
    @Test("a session is ended, or all of a user; answered when every worker has taken it")
    func end() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let first = try await house.holder(code: "c1")
        let others = [try await house.holder(code: "c2"), try await house.holder(code: "c3")]
        house.workers.hold()
        async let ended = house.admin(.endSession(first.sessionID))
        while house.workers.waiting < 1 { await Task.yield() }
        house.workers.release()
        #expect(await ended.text == #"{"ended":1}"#)
        let kind = SessionChange.Kind.sessionEnded(sessionID: first.sessionID, byUser: false)
        #expect(house.workers.changes.contains { $0.kind == kind && $0.until == now + day + 60 })
        #expect(await house.call(.session, first).failure == .sessionUnknown)
        #expect(await house.call(.session, others[0]).failure == nil)
        #expect(await house.admin(.endSession(first.sessionID)).text == #"{"ended":0}"#)
        #expect(await house.admin(.endSessions(userID: first.userID)).text == #"{"ended":2}"#)
        for other in others { #expect(await house.call(.session, other).failure == .sessionUnknown) }
    }

    @Test("a user is blocked and let in again; every worker hears of it")
    func block() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        #expect(await house.admin(.block(userID: holder.userID)).text == "{}")
        #expect(await house.login().failure == .userBlocked)
        #expect(await house.admin(.unblock(userID: holder.userID)).text == "{}")
        #expect(await house.login(#"{"code":"c2"}"#).data != nil)
        let kinds = house.workers.changes.map(\.kind)
        #expect(kinds.contains(.userBlocked(userID: holder.userID)))
        #expect(kinds.contains(.userUnblocked(userID: holder.userID)))
    }

    @Test("a token for a user who logged in elsewhere: recorded, with a session of its own")
    func mint() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .hang }
        let answer = await house.admin(.mintToken, #"{"userId":"app-user-7","unionid":"oc"}"#)
        #expect(answer.token == token && answer.reply.carriesToken && answer.userID == "app-user-7")
        #expect(answer.data?["expiresIn"]?.integer == 7200 && answer.data?["tokenType"]?.string == "Bearer")
        let subject = try #require(house.minter.subjects.first)
        #expect(subject.openid == nil && subject.unionid == "oc" && subject.appID == "wx1")
        let holder = SessionHolder(subject)
        #expect(await house.call(.session, holder).data?["userInfo"]?["userId"]?.string == "app-user-7")
        #expect(await house.call(.logout, holder).text == "{}")
        #expect(await house.call(.session, holder).failure == .sessionUnknown)
    }

    @Test("a token by openid is the user's who logs in with WeChat; an id that is given replaces theirs")
    func mintByOpenid() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        #expect(await house.admin(.mintToken, #"{"openid":"oGZ"}"#).userID == holder.userID)
        #expect(store.sessionKey(holder.user) == sessionKey)
        #expect(await house.admin(.mintToken, #"{"openid":"oGZ","userId":"old-7"}"#).userID == "old-7")
        #expect(try await house.holder(code: "later").userID == "old-7")
        #expect(await house.admin(.block(userID: "old-7")).data != nil)
        #expect(await house.admin(.mintToken, #"{"openid":"oGZ"}"#).failure == .userBlocked)
    }

    static let refused: [(AdminRequest.Call, String, String)] = [
        (.mintToken, "", "empty"), (.mintToken, "{}", #"send "openid", or "userId""#),
        (.mintToken, #"{"userId":""}"#, #""userId" must be 1 to 256"#),
        (.mintToken, #"{"userId":"a b"}"#, #""userId" must be"#),
        (.mintToken, #"{"userId":7}"#, #""userId" must be a"#),
        (.mintToken, #"{"userId":":u"}"#, #""userId" must be"#),
        (.mintToken, #"{"openid":"user:7"}"#, "colon"),
        (.mintToken, #"{"openid":"o","unionid":""}"#, #""unionid" must"#),
        (.mintToken, #"{"openid":"o","appId":"wx9"}"#, "configured"),
        (.mintToken, #"{"userId":"\#(String(repeating: "u", count: 257))"}"#, #""userId" must be"#),
        (.endSession(""), "", "session id"), (.endSessions(userID: "a b"), "", "user id"),
        (.block(userID: "\u{7F}"), "", "user id"), (.unblock(userID: ""), "", "user id"),
        (.accessToken(appID: "wx9"), "", "configured"), (.resetFuse(appID: "wx9"), "", "configured"),
    ]

    @Test("what is not as documented is said", arguments: refused)
    func bad(_ call: AdminRequest.Call, _ body: String, _ words: String) async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .hang }
        let message = try #require(await house.admin(call, body).badRequest)
        #expect(message.contains(words), "\(message)")
        #expect(store.count(.record) + store.count(.end) + store.count(.setBlocked) == 0)
    }

    @Test("several apps: one has to be named")
    func severalApps() async throws {
        let house = try LoginHouse(apps: ["wx1", "wx2"]) { _ in .hang }
        #expect(await house.admin(.mintToken, #"{"userId":"u"}"#).badRequest?.contains("several apps") == true)
        #expect(await house.admin(.accessToken(appID: nil)).badRequest?.contains("several apps") == true)
        #expect(await house.admin(.mintToken, #"{"userId":"u","appId":"wx2"}"#).data != nil)
        #expect(house.minter.subjects.map(\.appID) == ["wx2"])
    }

    @Test(
        "where the store fails",
        arguments: [(SessionStoreError.unreachable, LoginFailure.storeUnavailable), (.stopped, .overloaded)]
    )
    func storeFails(_ error: SessionStoreError, _ failure: LoginFailure) async throws {
        let house = try LoginHouse(store: MemoryStore(failing: error)) { _ in .hang }
        let calls: [AdminRequest.Call] = [
            .endSession("s"), .endSessions(userID: "u"), .block(userID: "u"), .unblock(userID: "u"),
        ]
        for call in calls { #expect(await house.admin(call).failure == failure) }
        #expect(await house.admin(.mintToken, #"{"userId":"u"}"#).failure == failure)
        #expect(house.workers.changes.isEmpty)
    }

    @Test("the app's access token, with how long it is good")
    func appToken() async throws {
        let house = try LoginHouse { _ in .answer(http(#"{"access_token":"\#(accessToken)","expires_in":7000}"#)) }
        let answer = await house.admin(.accessToken(appID: nil))
        #expect(answer.text == #"{"accessToken":"the-access-token","expiresIn":7000}"# && answer.reply.carriesToken)
        house.clock.advance(1000)
        #expect(await house.admin(.accessToken(appID: "wx1")).data?["expiresIn"]?.integer == 6000)
        #expect(house.calls == ["/cgi-bin/stable_token"])
    }

    @Test("gateways of one store fetch an access token once")
    func sharedAppToken() async throws {
        let store = MemoryStore(isShared: true)
        let values = try #require(store.shared)
        let houses = try (0..<2).map { number in
            try LoginHouse(
                store: store,
                { parts, _ in
                    parts.accessTokens = AccessTokens(
                        client: parts.wechat,
                        sharing: values,
                        clock: { now * 1000 }
                    )
                },
                respond: { _ in .answer(http(#"{"access_token":"of-\#(number)","expires_in":7200}"#)) }
            )
        }
        for house in houses {
            #expect(await house.admin(.accessToken(appID: nil)).data?["accessToken"]?.string == "of-0")
        }
        #expect(houses.map(\.server.requests.count) == [1, 0])
    }

    @Test(
        "an access token that WeChat does not give",
        arguments: [(40125, LoginFailure.misconfigured), (-1, .wechatUnavailable(status: 503))]
    )
    func noAppToken(_ code: Int, _ failure: LoginFailure) async throws {
        let house = try LoginHouse { _ in .answer(errcode(code)) }
        #expect(await house.admin(.accessToken(appID: nil)).failure == failure)
    }

    @Test("counters: by app and outcome, with the workers' verdicts")
    func counters() async throws {
        let house = try LoginHouse(
            apps: ["wx1", "wx2"],
            { parts, _ in
                parts.verdicts = { $0([("expired", 3), ("ok", 4), ("expired", 2)]) }
                parts.traffic = { $0([("services", Array(#"{"s":{"requests":7}}"#.utf8))]) }
            },
            respond: { .answer($0.target.contains("js_code=bad") ? errcode(40029) : success) }
        )
        _ = await house.login(#"{"code":"good","appId":"wx1"}"#)
        _ = await house.login(#"{"code":"good","appId":"wx1"}"#)
        _ = await house.login(#"{"code":"bad1","appId":"wx1"}"#)
        _ = await house.login(#"{"code":"a b","appId":"wx2"}"#)
        let data = try #require(await house.admin(.counters).data)
        let app = try #require(data["apps"]?["wx1"])
        #expect(app["logins"]?["ok"]?.integer == 2 && app["logins"]?["code_invalid"]?.integer == 1)
        #expect(app["exchanges"]?.integer == 2 && app["sharedLogins"]?.integer == 1)
        #expect(app["exchangesInFlight"]?.integer == 0 && app["exchangesWaiting"]?.integer == 0)
        #expect(app["fuse"]?.string == "closed" && app["breaker"]?.string == "closed")
        #expect(data["apps"]?["wx2"]?["logins"]?["code_invalid"]?.integer == 1)
        #expect(data["verdicts"]?["expired"]?.integer == 5 && data["verdicts"]?["ok"]?.integer == 4)
        #expect(data["services"]?["s"]?["requests"]?.integer == 7)
        #expect(data["renewals"]?.integer == 0)
    }
}
