import Testing

@testable import Sessions

@Suite("Redis: what nobody with the key wrote is nobody's word", .serialized, .timeLimit(.minutes(5)))
struct ForgedRowTests {
    private let marker = SessionChange(.sessionEnded(sessionID: "marker", byUser: true), until: now + 7200)

    /// Sets fields of a user's row, as somebody does who may write to Redis.
    private func forge(_ server: RedisServer, _ openid: String, _ fields: (String, String)...) throws {
        for (name, value) in fields {
            let answer = try server.ask("HSET", "menshen:user:3:wx1" + openid, name, value)
            #expect(answer == ":0" || answer == ":1")
        }
    }

    private func field(_ server: RedisServer, _ openid: String, _ name: String) throws -> String {
        let reply = try #require(try server.ask("HGET", "menshen:user:3:wx1" + openid, name))
        return String(try #require(reply.split(separator: "\r\n").last))
    }

    @Test("a user id in a row gives neither a session nor a login, not with another user's MAC either")
    func userID() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        for openid in ["o", "v"] { _ = try await store.record(.of(openid, session: openid)).get() }
        let stolen = try field(server, "v", "user_id_mac")
        let own = try field(server, "o", "user_id_mac")
        for mac in [own, stolen, "", "x", "x.y"] {
            try forge(server, "o", ("user_id", "u_v"), ("user_id_mac", mac))
            #expect(try await store.user("o", "o").get() == nil, "\(mac)")
            let update = UserUpdate(profile: UserProfile(nickname: "n"), tokensEnd: now + 7200)
            #expect(try await store.update(update, of: .of("o", "o")).get() == nil)
            #expect(await store.record(.of("o", session: "new")).error == .sealing)
        }
        #expect(try server.ask("EXISTS", "menshen:session:new") == ":0" && store.ignoredRows >= 15)
        // The id that the user would get anyway needs nobody's word.
        try forge(server, "o", ("user_id", "u_o"))
        #expect(try await store.record(.of("o", session: "again")).get().userID == "u_o")
        #expect(try await store.user("o", "o").get()?.userID == "u_o")
    }

    @Test("another account is linked only by a unionid that a gateway wrote")
    func unionid() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = try await store.record(.of("p", session: "p", unionid: "U")).get()
        let linked = try await store.record(.of("q", session: "q", app: "wx2", links: true, unionid: "U")).get()
        #expect(linked.userID == "u_p")
        #expect(try await store.record(.of("q", session: "r", app: "wx2")).get().userID == "u_p", "and stays so")
        _ = try server.ask("ZADD", "menshen:union:W", "0", "3:wx1p")
        let thief = UserLogin.of("t", session: "t", app: "wx2", links: true, unionid: "W")
        #expect(await store.record(thief).error == .sealing)
        try forge(server, "p", ("unionid", "W"))
        #expect(await store.record(thief).error == .sealing)
        #expect(try await store.user("p", "p").get()?.unionid == nil, "services may know users by it")
    }

    @Test("imported ids hold, and are put right by another import")
    func imported() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        let users = [ImportedUser(user: UserKey(appID: "wx1", openid: "o"), userID: "10086", unionid: "U")]
        _ = try await store.importUsers(users).get()
        #expect(try await store.record(.of("o", session: "s")).get().userID == "10086")
        #expect(try await store.user("s", "o").get()?.unionid == "U")
        try forge(server, "o", ("user_id", "1"))
        #expect(await store.record(.of("o", session: "t")).error == .sealing)
        _ = try await store.importUsers(users).get()
        #expect(try await store.record(.of("o", session: "t")).get().userID == "10086")
    }

    @Test("entries without a MAC, with an order beyond all others, or copied, let nobody in and give no facts")
    func entries() async throws {
        let server = try await RedisServer()
        let (store, other) = (try server.open(), try server.open())
        let followed = Followed(other)
        await followed.begun()
        let (block, release) = (
            SessionChange.Kind.userBlocked(userID: "u"), SessionChange.Kind.userUnblocked(userID: "u")
        )
        _ = try await store.setBlocked(true, "u").get()
        _ = try await store.setBlocked(false, "u").get()
        let keep = "redis.call('SET', 'menshen:kept', cjson.encode(redis.call('XREVRANGE', KEYS[1], '+', '-')[1][2]))"
        _ = try server.ask("EVAL", keep, "1", "menshen:changes")
        _ = try await store.setBlocked(true, "u").get()
        let copy = "redis.call('XADD', KEYS[1], '*', unpack(cjson.decode(redis.call('GET', 'menshen:kept'))))"
        _ = try server.ask("EVAL", copy, "1", "menshen:changes")
        _ = try server.ask("XADD", "menshen:changes", "*", "k", "u", "s", "u", "v", "", "t", "\(now + 9)")
        _ = try server.ask("XADD", "menshen:changes", "*", "k", "f", "s", "3:wx1o", "v", "3", "t", "\(now + 9)")
        let beyond = "99999999999999-0"
        _ = try server.ask(
            "XADD",
            "menshen:changes",
            beyond,
            "k",
            "u",
            "s",
            "u",
            "v",
            "",
            "t",
            "\(now + 9)",
            "o",
            beyond
        )
        _ = try server.ask("HSET", "menshen:latest:b:u", "o", beyond)
        _ = try await store.end(.session("marker", byUser: true)).get()
        await followed.wait(for: [marker])
        // The copy says what was said before: it is not told again.
        #expect(followed.changes.map(\.kind).last { $0 == block || $0 == release } == block)
        #expect(!followed.changes.contains { if case .userKnown = $0.kind { true } else { false } })
        #expect(other.ignoredRows == 3)
        // Who is blocked can be let in, and blocked again, whatever stands in the stream.
        for isBlocked in [false, true] {
            let changes = try await store.setBlocked(isBlocked, "u").get().changes
            #expect(changes.map(\.kind) == [isBlocked ? block : release])
        }
        let late = Followed(try server.open())
        await late.begun()
        #expect(late.changes.map(\.kind).contains(block) && !late.changes.map(\.kind).contains(release))
    }

    @Test("an order greater than the entry's own id is refused")
    func order() {
        func read(_ order: String) -> StreamID? {
            let words = ["k", "e", "s", "s", "v", "1", "t", "9", "o", order]
            let fields = words.map { RESPValue.string(Array($0.utf8)) }
            return StreamRecord.read(StreamID(milliseconds: 5, number: 5), fields)?.record.order
        }
        #expect(read("5-5") == StreamID(milliseconds: 5, number: 5))
        #expect(read("4-9") == StreamID(milliseconds: 4, number: 9))
        for order in ["5-6", "6-0", "18446744073709551615-18446744073709551615"] { #expect(read(order) == nil) }
    }

    @Test("blocks of a former key are signed anew, and so is a user at a login; then the former key may go")
    func rotation() async throws {
        let former = Array("a former key for tests, of 32 bytes too".utf8)
        let server = try await RedisServer()
        let users = [ImportedUser(user: UserKey(appID: "wx1", openid: "o"), userID: "10086", unionid: nil)]
        let block = SessionChange(.userBlocked(userID: "b"), until: nil)
        do {
            let old = try server.open(keys: [former])
            _ = try await old.importUsers(users).get()
            _ = try await old.setBlocked(true, "b").get()
        }
        let before = try server.ask("HGET", "menshen:blocked:macs", "b")
        do {
            let both = try server.open(keys: [storeKey, former])
            #expect(await eventually { !both.isDegraded })
            #expect(try server.ask("HGET", "menshen:blocked:macs", "b") != before)
            #expect(try await both.record(.of("o", session: "s")).get().userID == "10086")
        }
        let new = try server.open()
        let followed = Followed(new)
        await followed.begun()
        #expect(followed.changes == [block])
        #expect(try await new.record(.of("o", session: "t")).get().userID == "10086")
        let stranger = Followed(try server.open(keys: [former]))
        await stranger.begun()
        #expect(stranger.changes.isEmpty)
    }

    @Test("rows of a version that signed nothing are accepted where that is allowed, and signed")
    func unsigned() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        let users = [ImportedUser(user: UserKey(appID: "wx1", openid: "o"), userID: "10086", unionid: nil)]
        _ = try await store.importUsers(users).get()
        _ = try server.ask("HDEL", "menshen:user:3:wx1o", "user_id_mac")
        _ = try server.ask("HSET", "menshen:blocked", "b", "5-0")
        _ = try server.ask("XADD", "menshen:changes", "*", "k", "e", "s", "e", "v", "1", "t", "\(now + 9)")
        #expect(await store.record(.of("o", session: "s")).error == .sealing)
        let lenient = try server.open(acceptsUnsigned: true)
        let followed = Followed(lenient)
        await followed.begun()
        #expect(followed.changes.count == 2)
        #expect(await eventually { !lenient.isDegraded })
        #expect(try await lenient.record(.of("o", session: "s")).get().userID == "10086")
        let strict = try server.open()
        let late = Followed(strict)
        await late.begun()
        #expect(late.changes == [SessionChange(.userBlocked(userID: "b"), until: nil)])
        #expect(try await strict.record(.of("o", session: "t")).get().userID == "10086")
    }
}
