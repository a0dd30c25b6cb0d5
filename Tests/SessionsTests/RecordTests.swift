import Foundation
import GRDB
import Testing

@testable import Sessions

@Suite("Groups of writes", .timeLimit(.minutes(5)))
struct RecordTests {
    let folder: TemporaryFolder
    let store: SQLiteSessionStore
    let clock = SteadyClock()

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open(steadyClock: clock.read)
    }

    @Test("one login that fails does not take others of its group with it")
    func savepoint() async throws {
        _ = await store.record(.of("o", session: "taken"))
        let results = await inOneGroup(store, ["s1", "taken", "s2"].map { .of("p-\($0)", session: $0) })
        #expect(results.map { $0.error == nil } == [true, false, true])
        #expect(results[1].error == .database(code: ResultCode.SQLITE_CONSTRAINT_PRIMARYKEY.rawValue))
        #expect(
            await store.user("s1", "p-s1")
                == .success(StoredUser(userID: "u_p-s1", unionid: nil, sessionExpiry: now + month))
        )
        #expect(try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM users") } == 3)
        #expect(!store.isDegraded)
    }

    @Test("where the transaction cannot be, all of the group fail, and later ones do not")
    func wholeGroup() async throws {
        try await store.database.write { try $0.execute(sql: "ALTER TABLE sessions RENAME TO hidden") }
        let results = await inOneGroup(store, [.of("o", session: "s1"), .of("o", session: "s2")])
        #expect(results.allSatisfy { $0.error == .database(code: 1) })
        #expect(await store.user("s1", "o") == .failure(.database(code: 1)))
        #expect(store.isDegraded)
        try await store.database.write { try $0.execute(sql: "ALTER TABLE hidden RENAME TO sessions") }
        #expect(await store.record(.of("o", session: "s1")).error == nil)
        // A write that goes through tells nothing of reads, which failed too.
        #expect(await eventually { !store.isDegraded })
    }

    @Test("expired sessions go, some at a time, their users stay")
    func purge() async throws {
        for number in 0..<3 {
            let logins = (0..<400).map {
                UserLogin.of("o", session: "\(number)-\($0)", expiry: now + 1 + Int64(number))
            }
            _ = await inOneGroup(store, logins)
        }
        func count() throws -> Int? {
            try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM sessions") }
        }
        #expect(try count() == 1200)
        clock.pass(seconds: 59)
        _ = await store.record(.of("o", session: "a", time: now + 59))
        #expect(try count() == 1201, "not before the minute is over")
        clock.pass(seconds: 1)
        _ = await store.record(.of("o", session: "b", time: now + 60))
        #expect(try count() == 702)
        _ = await store.record(.of("o", session: "c", time: now + 60))
        _ = await store.record(.of("o", session: "d", time: now + 60))
        #expect(try count() == 4)
        #expect(try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM users") } == 1)
    }
}
