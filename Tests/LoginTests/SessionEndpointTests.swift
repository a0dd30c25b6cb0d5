import Login
import ScriptedServer
import Sessions
import Synchronization
import Testing

@Suite("GET /auth/session", .timeLimit(.minutes(1)))
struct SessionEndpointTests {
    private func holder(_ subject: TokenSubject, sessionID: String? = nil) -> SessionHolder {
        SessionHolder(
            appID: subject.appID,
            openid: subject.openid,
            sessionID: sessionID ?? subject.sessionID,
            tokenExpiry: now + 7200
        )
    }

    @Test("the same as at login, without a token")
    func same() async throws {
        let house = try LoginHouse(clock: { 1_790_000_100 }) { _ in .answer(success) }
        let login = await house.login()
        let subject = try #require(house.minter.subjects.first)
        let userID = try #require(login.userID)
        let answer = await house.session(holder(subject))
        let json =
            #"{"expiresIn":7100,"expiresAt":1790007200,"authStep":1,"#
            + #""userInfo":{"userId":"\#(userID)","nickname":null,"avatarUrl":null,"phone":null,"hasUnionId":true}}"#
        #expect(answer.reply == .success(data: Array(json.utf8)))
        #expect(answer.userID == userID)
        #expect(house.server.requests.count == 1)
    }

    @Test("a session that is not in the store, or another user's, is unknown")
    func unknown() async throws {
        let house = try LoginHouse { request in
            .answer(http(#"{"openid":"o\#(request.number)","session_key":"k"}"#))
        }
        _ = await house.login(#"{"code":"c1"}"#)
        _ = await house.login(#"{"code":"c2"}"#)
        let (first, second) = (house.minter.subjects[0], house.minter.subjects[1])
        #expect(await house.session(holder(first)).userID == first.userID)
        #expect(await house.session(holder(first, sessionID: second.sessionID)).failure == .sessionUnknown)
        #expect(await house.session(holder(first, sessionID: "")).failure == .sessionUnknown)
    }

    @Test("a session ends with its lifetime")
    func expired() async throws {
        let time = Atomic(Int(now))
        let house = try LoginHouse(clock: { Int64(time.load(ordering: .relaxed)) }) { _ in .answer(success) }
        _ = await house.login()
        let subject = try #require(house.minter.subjects.first)
        time.store(Int(now + 30 * day) - 1, ordering: .relaxed)
        #expect(await house.session(holder(subject)).failure == nil)
        time.store(Int(now + 30 * day), ordering: .relaxed)
        #expect(await house.session(holder(subject)).failure == .sessionUnknown)
    }

    @Test(
        "a store that fails",
        arguments: [
            (SessionStoreError.database(code: 10), LoginFailure.storeUnavailable), (.overloaded, .overloaded),
            (.stopped, .overloaded),
        ]
    )
    func storeFails(_ error: SessionStoreError, _ failure: LoginFailure) async throws {
        let house = try LoginHouse(store: FailingStore(error)) { _ in .hang }
        let holder = SessionHolder(appID: "wx1", openid: "o", sessionID: "s", tokenExpiry: now)
        #expect(await house.session(holder).failure == failure)
    }
}
