import NIOConcurrencyHelpers
import Testing

@testable import Sessions

@Suite("Redis: rows that no gateway wrote keep nobody from agreeing", .serialized, .timeLimit(.minutes(5)))
struct PoisonedStoreTests {
    private func ended(_ session: String) -> SessionChange {
        SessionChange(.sessionEnded(sessionID: session, byUser: true), until: now + 7200)
    }

    /// Fills the stream with what only a page that is bounded by bytes gets past: over 64 MiB in a thousand entries.
    private func fill(_ server: RedisServer) throws {
        let text = """
            local word = string.rep('x', 70000)
            for number = 1, 1100 do
                redis.call('XADD', KEYS[1], '*', 'k', 'e', 's', word, 'v', '1', 't', ARGV[1])
            end
            return 'filled'
            """
        #expect(try server.ask("EVAL", text, "1", "menshen:changes", "\(now + 7200)")?.contains("filled") == true)
    }

    @Test("a value that is no id among the blocked users is passed over, told and counted")
    func blocked() async throws {
        let server = try await RedisServer()
        let events = NIOLockedValueBox<[RedisStoreEvent]>([])
        _ = try await server.open().setBlocked(true, "b").get()
        _ = try server.ask("HSET", "menshen:blocked", "x", "no id", "y", "", "z", String(repeating: "1", count: 5000))
        let store = try server.open(log: { event in events.withLockedValue { $0.append(event) } })
        let followed = Followed(store)
        try #require(await eventually { !store.isDegraded })
        await followed.begun()
        #expect(followed.changes == [SessionChange(.userBlocked(userID: "b"), until: nil)])
        #expect(store.ignoredRows == 3)
        #expect(await eventually { events.withLockedValue { $0 } == [.ignored(rows: 3), .connected] })
    }

    @Test("entries that are too large for a page: gateways that follow and that start hear what comes after them")
    func entries() async throws {
        let server = try await RedisServer(["--appendonly", "no"])
        let (first, other) = (try server.open(), try server.open())
        let followed = Followed(other)
        await followed.begun()
        _ = try await first.end(.session("before", byUser: true)).get()
        try fill(server)
        _ = try await first.end(.session("after", byUser: true)).get()
        await followed.wait(for: ["before", "after"].map(ended))
        let late = try server.open()
        let heard = Followed(late)
        try #require(await eventually { !late.isDegraded })
        await heard.begun()
        #expect(heard.changes.count == 2 && ["before", "after"].map(ended).allSatisfy { heard.changes.contains($0) })
        #expect(late.ignoredRows == 1100)
    }

    @Test("a user's fields that are too large are unknown, and the connection lasts")
    func user() async throws {
        let server = try await RedisServer(["--appendonly", "no"])
        let store = try server.open()
        _ = try await store.record(.of("o", session: "s")).get()
        let text = "redis.call('HSET', KEYS[1], 'nickname', string.rep('x', 70 * 1024 * 1024)) return 'filled'"
        #expect(try server.ask("EVAL", text, "1", "menshen:user:3:wx1o")?.contains("filled") == true)
        let user = try #require(try await store.user("s", "o").get())
        #expect(user.profile.nickname == nil && user.userID == "u_o")
        #expect(try await store.record(.of("o", session: "t")).get().profile.nickname == nil)
        let shared = try #require(store.shared)
        let value = "redis.call('SET', KEYS[1], string.rep('x', 70 * 1024 * 1024)) return 'filled'"
        #expect(try server.ask("EVAL", value, "1", "menshen:shared:k")?.contains("filled") == true)
        #expect(await shared.get("k", otherThan: nil, within: 0) == .failure(.sealing))
        #expect(await shared.claim("k", [1], seconds: 60) == .success(nil))
        #expect(await shared.get("k", otherThan: nil, within: 0) == .success([1]))
    }

    @Test("of a page of blocked users what is no row is counted, and what is no page is refused")
    func page() {
        func string(_ text: String) -> RESPValue { .string(Array(text.utf8)) }
        var reading = StreamReading(StreamGreeting(epoch: [1], last: nil, blocked: []), from: nil, trusting)
        let rows: [RESPValue] = [
            string("a"), string("1-2"), string("m"), string("b"), .null, string(""), .integer(5), string("1-"),
            string(""), string("c"), string("1-3"), .null,
        ]
        #expect(reading.takeBlocked(.array([string("17"), .integer(2), .array(rows)])) == "17")
        #expect(reading.ignored == 5)
        #expect(reading.newest().values.map(\.order) == [StreamID(milliseconds: 1, number: 2)])
        for page: RESPValue in [
            .null, .array([]), .array([string("0"), .integer(0), .array([string("a")])]),
            .array([string("0"), .integer(0), .null]),
        ] {
            #expect(reading.takeBlocked(page) == nil)
        }
    }
}
