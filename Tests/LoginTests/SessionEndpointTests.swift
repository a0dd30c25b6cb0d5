import JSON
import Login
import ScriptedServer
import Sessions
import Testing

@Suite("GET /auth/session", .timeLimit(.minutes(5)))
struct SessionEndpointTests {
    @Test("the same as at login, without a token")
    func same() async throws {
        let house = try LoginHouse(onDisk: true) { _ in .answer(success) }
        let login = await house.login()
        let holder = SessionHolder(try #require(house.minter.subjects.first))
        let userID = try #require(login.userID)
        house.clock.advance(100)
        let answer = await house.call(.session, holder)
        let json =
            #"{"expiresIn":7100,"expiresAt":1790007200,"authStep":1,"#
            + #""userInfo":{"userId":"\#(userID)","nickname":null,"avatarUrl":null,"phone":null,"hasUnionId":true}}"#
        #expect(answer.text == json && !answer.reply.carriesToken)
        #expect(answer.userID == userID)
        #expect(house.server.requests.count == 1)
    }

    @Test("what is known of the user stands in it, the phone number masked")
    func known() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        let update = UserUpdate(
            profile: UserProfile(nickname: "Band", avatarURL: "https://a/b"),
            phone: .set("13800000000"),
            tokensEnd: now
        )
        let store = house.store
        await withCheckedContinuation { continuation in
            store.update(update, of: SessionQuery(sessionID: holder.sessionID, user: holder.user, time: now)) { _ in
                continuation.resume()
            }
        }
        let data = try #require(await house.call(.session, holder).data)
        #expect(data["authStep"]?.integer == 3)
        let info = try #require(data["userInfo"])
        #expect(info["nickname"]?.string == "Band" && info["avatarUrl"]?.string == "https://a/b")
        #expect(info["phone"]?.string == "138****0000")
        #expect(await house.phone(of: holder) == .success("13800000000"))
        #expect(house.endpoints.loginCounts().phoneLookups == 1)
    }

    @Test("a session that is not in the store, or another user's, is unknown")
    func unknown() async throws {
        let house = try LoginHouse(onDisk: true) { request in
            .answer(http(#"{"openid":"o\#(request.number)","session_key":"k"}"#))
        }
        _ = await house.login(#"{"code":"c1"}"#)
        _ = await house.login(#"{"code":"c2"}"#)
        let (first, second) = (house.minter.subjects[0], house.minter.subjects[1])
        #expect(await house.call(.session, SessionHolder(first)).userID == first.userID)
        for sessionID in [second.sessionID, ""] {
            #expect(await house.call(.session, SessionHolder(first, sessionID: sessionID)).failure == .sessionUnknown)
        }
    }

    @Test("a session ends with its lifetime")
    func expired() async throws {
        let house = try LoginHouse(onDisk: true) { _ in .answer(success) }
        let holder = try await house.holder()
        house.clock.advance(30 * day - 1)
        #expect(await house.call(.session, holder).failure == nil)
        house.clock.advance(1)
        #expect(await house.call(.session, holder).failure == .sessionUnknown)
    }

    static let errors: [(SessionStoreError, LoginFailure)] = [
        (.database(code: 10), .storeUnavailable), (.unreachable, .storeUnavailable), (.overloaded, .overloaded),
        (.stopped, .overloaded),
    ]

    @Test("where the store fails, so does every endpoint with a token, and no worker hears of it", arguments: errors)
    func storeFails(_ error: SessionStoreError, _ failure: LoginFailure) async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        store.fail(.user, .update, .end, .sessionKey, with: error)
        let bodies: [Endpoint: String] = [
            .updateUser: #"{"nickname":"n"}"#, .updatePhone: #"{"encryptedData":"a","iv":"b"}"#,
        ]
        for endpoint in Endpoint.allCases where endpoint.needsToken {
            let answer = await house.call(endpoint, holder, bodies[endpoint] ?? "")
            #expect(answer.failure == failure && answer.userID == holder.userID, "\(endpoint)")
        }
        #expect(await house.phone(of: holder) == .failure(failure))
        #expect(house.workers.changes.isEmpty)
    }

    @Test("an endpoint that needs a token does nothing without one", arguments: Endpoint.allCases)
    func noToken(_ endpoint: Endpoint) async throws {
        guard endpoint.needsToken else { return }
        let house = try LoginHouse { _ in .hang }
        #expect(await house.call(endpoint, "{}").failure == .internalFault)
    }
}

@Suite("Ending sessions", .timeLimit(.minutes(5)))
struct SessionEndingTests {
    @Test("a logout is answered when every worker has taken it, and ends this session alone")
    func logout() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder(code: "c1")
        let other = try await house.holder(code: "c2")
        house.workers.hold()
        async let answer = house.call(.logout, holder)
        while house.workers.waiting < 1 { await Task.yield() }
        let change = SessionChange(
            .sessionEnded(sessionID: holder.sessionID, byUser: true),
            until: now + day + 60
        )
        #expect(house.workers.changes.contains(change))
        house.workers.release()
        #expect(await answer.text == "{}")
        #expect(await house.call(.session, holder).failure == .sessionUnknown)
        #expect(await house.call(.session, other).failure == nil)
        #expect(await house.call(.logout, holder).text == "{}")
    }

    @Test("no token outlives what is said of its session")
    func longToken() async throws {
        let house = try LoginHouse { _ in .answer(success) }
        let short = try await house.holder()
        let holder = SessionHolder(
            user: short.user,
            userID: short.userID,
            unionid: nil,
            sessionID: short.sessionID,
            facts: [],
            tokenExpiry: now + 100_000
        )
        #expect(await house.call(.logout, holder).text == "{}")
        #expect(house.workers.changes.allSatisfy { $0.until == now + 100_000 } && !house.workers.changes.isEmpty)
    }

    @Test("who is erased is gone with all sessions, and comes back as somebody new")
    func erase() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder(code: "c1")
        let other = try await house.holder(code: "c2")
        _ = await house.call(.updateUser, holder, #"{"nickname":"n"}"#)
        #expect(await house.call(.eraseUser, holder).text == "{}")
        for session in [holder, other] {
            #expect(await house.call(.session, session).failure == .sessionUnknown)
            #expect(
                house.workers.changes.contains {
                    $0.kind == .sessionEnded(sessionID: session.sessionID, byUser: true)
                }
            )
        }
        #expect(store.stored(holder.user) == nil)
        let again = await house.login(#"{"code":"c3"}"#)
        #expect(again.data?["authStep"]?.integer == 1)
        #expect(again.userID == holder.userID)
    }

    @Test("who has another id since is erased by that one")
    func eraseAfterImport() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        let imported = ImportedUser(user: holder.user, userID: "old-7", unionid: nil)
        await withCheckedContinuation { continuation in
            store.importUsers([imported]) { _ in continuation.resume() }
        }
        #expect(await house.call(.eraseUser, holder).text == "{}")
        #expect(store.stored(holder.user) == nil)
        #expect(await house.call(.eraseUser, holder).failure == .sessionUnknown)
    }

    @Test("what another gateway ends, the workers here hear of; what is known at the start too")
    func followed() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let other = try LoginHouse(store: store) { _ in .hang }
        let holder = try await house.holder()
        #expect(await house.call(.logout, holder).text == "{}")
        let kind = SessionChange.Kind.sessionEnded(sessionID: holder.sessionID, byUser: true)
        #expect(other.workers.changes.map(\.kind) == [kind])
        let late = try LoginHouse(store: store) { _ in .hang }
        #expect(late.workers.changes.map(\.kind) == [kind])
    }
}
