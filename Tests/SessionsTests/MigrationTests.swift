import Cryptography
import Foundation
import GRDB
import Testing

@testable import Sessions

@Suite("Files of earlier versions", .timeLimit(.minutes(5)))
struct MigrationTests {
    @Test("a file of the first schema is taken over: users, sessions, session_keys")
    func first() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/var", withIntermediateDirectories: false)
        let user = UserKey(appID: "wx1", openid: "o")
        let sealed = try SessionKeyring([storeKey]).seal("k", as: .sessionKey(user))
        let queue = try DatabaseQueue(path: folder.file)
        try SessionDatabase.migrations.migrate(queue, upTo: "1 users and sessions")
        try await queue.write { db in
            try db.execute(
                sql: "INSERT INTO users VALUES ('wx1', 'o', 'u_o', 'U', ?, ?, 1, 2)",
                arguments: [Data(sealed.bytes), sealed.keyID]
            )
            try db.execute(
                sql: "INSERT INTO sessions VALUES ('s', 'wx1', 'o', 1, ?)",
                arguments: [now + month]
            )
        }
        try queue.close()
        let store = try folder.open()
        #expect(
            await store.user("s", "o") == .success(StoredUser(userID: "u_o", unionid: "U", sessionExpiry: now + month))
        )
        #expect(await store.sessionKey(.of("s", "o")) == .success("k"))
        #expect(try await store.record(.of("p", session: "t", links: true, unionid: "U")).get().userID == "u_o")
        #expect(try await store.end(.user(userID: "u_o")).get().value == 2)
        let violations = try folder.inspect { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
        #expect(violations.isEmpty)
    }

    @Test("changes go when no token is left that they concern, some at a time")
    func purge() async throws {
        let folder = try TemporaryFolder()
        let clock = SteadyClock()
        let store = try folder.open(steadyClock: clock.read)
        for number in 0..<700 {
            store.end(SessionEnding(.session("\(number)", byUser: true), time: now, tokensEnd: now + 10)) { _ in }
        }
        _ = await store.record(.of("o", session: "s"))
        let update = UserUpdate(profile: UserProfile(nickname: "n"), tokensEnd: now + 10)
        _ = await store.update(update, of: .of("s", "o"))
        func counts() throws -> [Int?] {
            try folder.inspect { db in
                try ["ended_sessions", "changed_facts"].map { try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") }
            }
        }
        #expect(try counts() == [700, 1])
        clock.pass(seconds: 70)
        _ = await store.record(.of("o", session: "t", time: now + 70))
        #expect(try counts() == [200, 0])
        _ = await store.record(.of("o", session: "v", time: now + 70))
        #expect(try counts() == [0, 0])
    }

    @Test("texts with NUL and U+0001 stay apart", arguments: ["", "\0", "\u{1}", "a\0\u{1}b", "\u{1}0", "\0\0", "z"])
    func texts(_ text: String) {
        let stored = text.stored.databaseValue
        #expect(StoredText.fromDatabaseValue(stored)?.text == text)
        #expect(String.fromDatabaseValue(stored)?.utf8.contains(0) == false)
    }
}
