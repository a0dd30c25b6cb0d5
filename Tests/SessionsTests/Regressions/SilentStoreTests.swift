import GRDB
import NIOConcurrencyHelpers
import Testing

@testable import Sessions

@Suite(
    "A store that fails: one line for each change of its state, and it is degraded until it works",
    .timeLimit(.minutes(5))
)
struct SilentStoreTests {
    private final class Events<Event: Sendable>: Sendable {
        private let events = NIOLockedValueBox<[Event]>([])
        var all: [Event] { events.withLockedValue { $0 } }
        func note(_ event: Event) { events.withLockedValue { $0.append(event) } }
    }

    /// A server that refuses all writes, until it is set right again.
    @Test(
        "Redis without memory or replicas: told once in its own words, whatever is asked, and looked after",
        arguments: [
            ("maxmemory", "1", "0", "OOM", "command not allowed when used memory > 'maxmemory'."),
            ("min-replicas-to-write", "1", "0", "NOREPLICAS", "Not enough good replicas to write."),
        ]
    )
    func redis(_ setting: String, _ bad: String, _ good: String, _ kind: String, _ words: String) async throws {
        let server = try await RedisServer()
        let events = Events<RedisStoreEvent>()
        let store = try server.open(log: events.note)
        #expect(await eventually { events.all == [.connected] })
        _ = try await store.record(.of("o", session: "s")).get()
        #expect(try server.ask("CONFIG", "SET", setting, bad) == "+OK")
        for number in 0..<5 {
            #expect(await store.record(.of("o", session: "t\(number)")).error == .unreachable)
            #expect(try await store.user("s", "o").get() != nil)
            #expect(store.isDegraded)
        }
        let late = try server.open()
        #expect(await eventually { late.wasSeen }, "who starts meanwhile follows all the same")
        #expect(events.all == [.connected, .refuses(kind: kind, words: words)])
        #expect(try server.ask("CONFIG", "SET", setting, good) == "+OK")
        #expect(await eventually { !store.isDegraded }, "without a request")
        #expect(await eventually { events.all.last == .accepts })
        #expect(events.all.count == 3)
    }

    @Test("Redis refuses one request: told by its kind, and the store is not degraded")
    func oneRequest() async throws {
        let server = try await RedisServer()
        let events = Events<RedisStoreEvent>()
        let store = try server.open(log: events.note)
        #expect(await eventually { events.all == [.connected] })
        #expect(try server.ask("SET", "menshen:user:3:wx1o", "x") == "+OK")
        #expect(await store.record(.of("o", session: "s")).error == .unreachable)
        #expect(events.all == [.connected, .failed(kind: "WRONGTYPE")])
        #expect(!store.isDegraded)
        _ = try await store.record(.of("p", session: "s")).get()
        #expect(await store.record(.of("p", session: "s")).error == .unreachable, "a session that is there")
        #expect(events.all.count == 2)
    }

    @Test(
        "an error's words are told only where they are the server's own",
        arguments: [
            ("OOM command not allowed. script: abc, on @user_script:1.", "command not allowed."),
            ("NOREPLICAS Not enough good replicas to write.", "Not enough good replicas to write."),
            ("MISCONF \(String(repeating: "x", count: 500))", String(repeating: "x", count: 160)), ("OOM", ""),
            ("ERR unknown command 'secret'", nil), ("WRONGTYPE Operation", nil), ("", nil),
        ] as [(String, String?)]
    )
    func words(_ text: String, _ words: String?) {
        #expect(RESPValue.error(Array(text.utf8)).refusal?.words == words)
        #expect(RESPValue.string(Array(text.utf8)).refusal == nil)
    }

    @Test("SQLite that cannot be written: one line for logins, logouts and blocks, and it is looked after")
    func readOnly() async throws {
        let folder = try TemporaryFolder()
        let events = Events<SQLiteStoreEvent>()
        let store = try folder.open(log: events.note)
        _ = try await store.record(.of("o", session: "s")).get()
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
        for number in 0..<3 {
            #expect(await store.record(.of("o", session: "\(number)")).error != nil)
            #expect(await store.end(.session("s", byUser: true)).error != nil)
            #expect(await store.setBlocked(true, "u").error != nil)
            #expect(try await store.user("s", "o").get() != nil)
            #expect(store.isDegraded, "reads that go through tell nothing of writes")
        }
        #expect(events.all == [.failing(reason: "8 (attempt to write a readonly database)")])
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 0") }
        #expect(await eventually { !store.isDegraded }, "without a request")
        #expect(await eventually { events.all.last == .working })
        #expect(events.all.count == 2)
        #expect(try await store.end(.session("s", byUser: true)).get().value == 1)
    }

    @Test("SQLite that is locked, then damaged: each reason is told")
    func locked() async throws {
        let folder = try TemporaryFolder()
        let events = Events<SQLiteStoreEvent>()
        let store = try folder.open(log: events.note)
        _ = try await store.record(.of("o", session: "s")).get()
        #expect(await store.record(.of("o", session: "s")).error != nil, "a session that is there")
        #expect(events.all.isEmpty && !store.isDegraded)
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA busy_timeout = 1") }
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(30)
        let holder = try DatabaseQueue(path: folder.file, configuration: configuration)
        try await holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        #expect(await store.record(.of("o", session: "t")).error == .database(code: 5))
        #expect(events.all == [.failing(reason: "5 (database is locked)")])
        try await holder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        #expect(await eventually { !store.isDegraded })
        try await holder.writeWithoutTransaction { try $0.execute(sql: "ALTER TABLE sessions RENAME TO hidden") }
        #expect(await store.record(.of("o", session: "t")).error == .database(code: 1))
        // The group was committed, without the login that failed in it.
        #expect(store.isDegraded)
        try await holder.writeWithoutTransaction { try $0.execute(sql: "ALTER TABLE hidden RENAME TO sessions") }
        #expect(await eventually { !store.isDegraded })
        let (locked, damaged) = ("5 (database is locked)", "1 (SQL logic error)")
        let told: [SQLiteStoreEvent] = [.failing(reason: locked), .working, .failing(reason: damaged), .working]
        #expect(await eventually { events.all == told })
        try holder.close()
    }
}
