import Sessions
import Testing

@Suite("Redis: a change that is refused leaves everything as it was", .timeLimit(.minutes(5)))
struct HalfLogoutTests {
    private func ended(_ session: String, byUser: Bool) -> SessionChange {
        SessionChange(.sessionEnded(sessionID: session, byUser: byUser), until: now + 7200)
    }

    @Test("a logout that the stream does not take ends nothing, and all sessions can be ended later")
    func refused() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        for session in ["s", "t"] { _ = try await store.record(.of("o", session: session)).get() }
        #expect(try server.ask("SET", "menshen:changes", "no stream") == "+OK")
        #expect(await store.end(.session("s", byUser: true)).error == .unreachable)
        #expect(await store.end(.user(userID: "u_o")).error == .unreachable)
        #expect(await store.end(.erase(userID: "u_o")).error == .unreachable)
        #expect(await store.setBlocked(true, "u_o").error == .unreachable)
        for session in ["s", "t"] { #expect(try await store.user(session, "o").get()?.isBlocked == false) }
        #expect(try server.ask("DEL", "menshen:changes") == ":1")
        let all = try await store.end(.user(userID: "u_o")).get()
        #expect(all.value == 2)
        #expect(Set(all.changes.map { "\($0)" }) == Set(["s", "t"].map { "\(ended($0, byUser: false))" }))
    }

    @Test("nor does an update that takes a phone number back")
    func update() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = try await store.record(.of("o", session: "s")).get()
        let update = UserUpdate(phone: .set("13800138000"), tokensEnd: now + 7200)
        _ = try await store.update(update, of: .of("s", "o")).get()
        #expect(try server.ask("RENAME", "menshen:changes", "menshen:kept") == "+OK")
        #expect(try server.ask("SET", "menshen:changes", "no stream") == "+OK")
        let forgetting = UserUpdate(phone: .forget, tokensEnd: now + 7200)
        #expect(await store.update(forgetting, of: .of("s", "o")).error == .unreachable)
        #expect(try await store.user("s", "o").get()?.phone == "13800138000")
        #expect(try server.ask("RENAME", "menshen:kept", "menshen:changes") == "+OK")
        #expect(try await store.update(forgetting, of: .of("s", "o")).get()?.changes.count == 1)
    }

    @Test("rows of a session that cannot be read keep nobody from ending it")
    func unreadable() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        for session in ["s", "t", "v"] { _ = try await store.record(.of("o", session: session)).get() }
        _ = try server.ask("SET", "menshen:latest:e:s", "x")
        _ = try server.ask("HSET", "menshen:latest:e:t", "id", "x", "t", "inf", "v", "x")
        _ = try server.ask("SET", "menshen:session:v", "x")
        for session in ["s", "t", "v"] {
            let changes = try await store.end(.session(session, byUser: true)).get().changes
            #expect(changes == [ended(session, byUser: true)])
            #expect(try server.ask("EXISTS", "menshen:session:\(session)") == ":0")
        }
        let late = Followed(try server.open())
        await late.begun()
        #expect(["s", "t", "v"].allSatisfy { late.changes.contains(ended($0, byUser: true)) })
    }

    @Test("a server whose memory is full still takes ends and blocks, for good")
    func full() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = try await store.record(.of("o", session: "s")).get()
        #expect(await eventually { !store.isDegraded })
        #expect(try server.ask("CONFIG", "SET", "maxmemory", "1") == "+OK")
        #expect(await store.record(.of("o", session: "t")).error == .unreachable)
        #expect(try await store.end(.session("s", byUser: true)).get().value == 1)
        #expect(try await store.setBlocked(true, "b").get().changes.count == 1)
        #expect(try server.ask("EXISTS", "menshen:session:s") == ":0")
        #expect(try server.ask("HEXISTS", "menshen:blocked", "b") == ":1")
        #expect(try server.ask("XLEN", "menshen:changes") == ":2")
    }
}
