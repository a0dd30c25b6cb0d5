import Sessions
import Testing

@Suite("Redis: the stream holds one entry for each subject and is read once", .serialized, .timeLimit(.minutes(5)))
struct RedisStreamTests {
    private static let user = UserKey(appID: "wx1", openid: "o")

    private func known(_ facts: UserFacts, until: Int64) -> SessionChange {
        SessionChange(.userKnown(Self.user, facts), until: until)
    }

    /// How often the server was asked for a page of the stream.
    private func pages(_ server: RedisServer) throws -> Int {
        let stats = try #require(try server.ask("INFO", "commandstats"))
        let line = stats.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_xrange:calls=") }
        return line.flatMap { Int($0.dropFirst("cmdstat_xrange:calls=".count).prefix { $0 != "," }) } ?? 0
    }

    @Test("a user whose number comes and goes has one entry, the last one")
    func alternating() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = try await store.record(.of("o", session: "s")).get()
        for _ in 0..<50 {
            for phone: UserUpdate.Phone in [.set("13800138000"), .forget] {
                let updated = try await store.update(UserUpdate(phone: phone, tokensEnd: now + 7200), of: .of("s", "o"))
                    .get()
                #expect(updated?.changes.count == 1)
            }
        }
        #expect(try server.ask("XLEN", "menshen:changes") == ":1")
        let late = Followed(try server.open())
        await late.begun()
        #expect(late.changes == [known([], until: now + 7200)])
    }

    @Test("blocks and releases of a user have one entry, and so have endings of a session")
    func others() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        for _ in 0..<10 {
            _ = try await store.setBlocked(true, "b").get()
            _ = try await store.setBlocked(false, "b").get()
            _ = try await store.end(.session("s", byUser: true)).get()
            _ = try await store.end(.session("t", byUser: true)).get()
        }
        _ = try await store.end(.session("s", byUser: false)).get()
        #expect(try server.ask("XLEN", "menshen:changes") == ":3")
        let late = Followed(try server.open())
        await late.begun()
        let ends = ["s", "t"].map { SessionChange(.sessionEnded(sessionID: $0, byUser: true), until: now + 7200) }
        #expect(late.changes.count == 2 && ends.allSatisfy { late.changes.contains($0) }, "who ended it first is told")
    }

    @Test("a later change keeps the later end, at the server and at every gateway, whichever makes it")
    func laterEnd() async throws {
        let server = try await RedisServer()
        let (first, other) = (try server.open(), try server.open())
        let followed = [Followed(first), Followed(other)]
        for one in followed { await one.begun() }
        _ = try await first.record(.of("o", session: "s")).get()
        let long = UserUpdate(phone: .set("13800138000"), tokensEnd: now + 9000)
        _ = try await first.update(long, of: .of("s", "o")).get()
        _ = try await other.update(UserUpdate(phone: .forget, tokensEnd: now + 60), of: .of("s", "o")).get()
        // The other may have answered with the short end, before it read of the long one.
        for one in followed { await one.wait(for: [known([], until: now + 9000)]) }
        _ = try await first.update(UserUpdate(phone: .set("1"), tokensEnd: now + 70), of: .of("s", "o")).get()
        for one in followed { await one.wait(for: [known(.phone, until: now + 9000)]) }
        let late = Followed(try server.open())
        await late.begun()
        #expect(late.changes == [known(.phone, until: now + 9000)])
    }

    @Test("after a cut connection only what came since is read; what was missed is told")
    func cut() async throws {
        let server = try await RedisServer()
        // The entries that the script adds have no MAC.
        let (first, other) = (try server.open(acceptsUnsigned: true), try server.open(acceptsUnsigned: true))
        let followed = Followed(first)
        await followed.begun()
        let fill = """
            for number = 1, 5000 do
                redis.call('XADD', KEYS[1], '*', 'k', 'e', 's', 'old' .. number, 'v', '1', 't', ARGV[1])
            end
            """
        _ = try server.ask("EVAL", fill, "1", "menshen:changes", "\(now + 7200)")
        let mark = SessionChange(.sessionEnded(sessionID: "old5000", byUser: true), until: now + 7200)
        await followed.wait(for: [mark])
        // Only a mark that was set after all of them spares a gateway reading them again.
        let isMarked = try await eventually {
            let last = try server.ask("XREVRANGE", "menshen:changes", "+", "-", "COUNT", "1") ?? ""
            let id = last.split(separator: "\r\n").first { $0.contains("-") } ?? ""
            let marks = (try server.ask("KEYS", "menshen:follower:*") ?? "").split(separator: "\r\n")
            let keys = marks.filter { $0.hasPrefix("menshen") }
            return try keys.count == 2
                && keys.allSatisfy { try server.ask("GET", String($0))?.hasSuffix(" \(id)") == true }
        }
        #expect(isMarked)
        let before = try pages(server)
        _ = try server.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        _ = try await other.end(.session("new", byUser: true)).get()
        await followed.wait(for: [SessionChange(.sessionEnded(sessionID: "new", byUser: true), until: now + 7200)])
        #expect(await eventually { !first.isDegraded && !other.isDegraded })
        #expect(try pages(server) - before <= 3, "one page for each gateway, one of trimming")
        #expect(followed.changes.count == 5001)
    }

    @Test("data that lost the mark are read from the first entry, and given what they lack")
    func lost() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = try await store.end(.session("a", byUser: true)).get()
        #expect(await eventually { !store.isDegraded })
        server.kill()
        #expect(await eventually { store.isDegraded })
        try await server.start(empty: true)
        #expect(await eventually { !store.isDegraded })
        #expect(try server.ask("XLEN", "menshen:changes") == ":1")
        let late = Followed(try server.open())
        await late.begun()
        #expect(late.changes == [SessionChange(.sessionEnded(sessionID: "a", byUser: true), until: now + 7200)])
    }
}
