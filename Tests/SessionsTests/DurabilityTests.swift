import Foundation
import GRDB
import Testing

@testable import Sessions

@Suite("What is on disk when an answer goes out", .timeLimit(.minutes(5)))
struct DurabilityTests {
    private final class CommitCounter: TransactionObserver, Sendable {
        let commits = Counter()
        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseDidCommit(_ db: Database) { commits.increment() }
        func databaseDidRollback(_ db: Database) {}
    }

    @Test("write-ahead log, synchronous=FULL, foreign keys")
    func pragmas() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let pragmas = try await store.database.unsafeRead { db in
            try ["journal_mode", "synchronous", "foreign_keys"].map {
                try String.fetchOne(db, sql: "SELECT * FROM pragma_\($0)")
            }
        }
        #expect(pragmas == ["wal", "2", "1"])
        #expect(try folder.inspect { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }

    @Test("a login answered is committed: another connection sees it")
    func committed() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        for number in 0..<20 {
            _ = await store.record(.of("o", session: "\(number)"))
            let count = try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM sessions") }
            #expect(count == number + 1)
        }
    }

    @Test("many at once are few commits")
    func groups() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let counter = CommitCounter()
        store.database.add(transactionObserver: counter, extent: .databaseLifetime)
        let results = await inOneGroup(store, (0..<1000).map { .of("o\($0)", session: "\($0)") })
        #expect(results.allSatisfy { $0.error == nil })
        #expect(counter.commits.count == 2, "two groups of 512 at most")
        #expect(try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM users") } == 1000)
    }

    @Test("callers that come as they like need fewer commits than logins too")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let counter = CommitCounter()
        store.database.add(transactionObserver: counter, extent: .databaseLifetime)
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    for number in 0..<20 {
                        let result = await store.record(.of("o\(caller)", session: "\(caller)-\(number)"))
                        #expect(result.error == nil)
                        #expect(await store.user("\(caller)-\(number)", "o\(caller)").error == nil)
                    }
                }
            }
        }
        let commits = counter.commits.count
        print("1000 logins in \(commits) commits, \(ContinuousClock.now - start)")
        #expect(commits < 700)
    }

    @Test("all is there after a stop, what waited too, and a new start")
    func reopen() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let answered = Counter()
        await holding(store) {
            for number in 0..<600 {
                store.record(.of("o\(number)", session: "\(number)")) { result in
                    if result.error == nil { answered.increment() }
                }
            }
        }
        store.stop()
        #expect(answered.count == 600)
        #expect(await store.record(.of("o", session: "late")) == .failure(.stopped))
        #expect(await store.user("1", "o1") == .failure(.stopped))
        store.stop()
        let reopened = try folder.open()
        for number in [0, 300, 599] {
            let user = StoredUser(userID: "u_o\(number)", unionid: nil, sessionExpiry: now + month)
            #expect(await reopened.user("\(number)", "o\(number)") == .success(user))
        }
        #expect(await reopened.user("late", "o") == .success(nil))
    }

    @Test("more than may wait is refused, and the rest is done")
    func overload() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let (done, refused) = (Counter(), Counter())
        await holding(store) {
            for number in 0..<(SQLiteSessionStore.capacity + 10) {
                store.record(.of("o", session: "\(number)")) { result in
                    switch result {
                    case .success: done.increment()
                    case .failure(let error):
                        #expect(error == .overloaded)
                        refused.increment()
                    }
                }
            }
            #expect(refused.count == 10)
        }
        store.stop()
        #expect(done.count == SQLiteSessionStore.capacity)
    }

    @Test("another process may hold the lock for a while")
    func busy() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file, configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        async let result = store.record(.of("o", session: "s"))
        try await Task.sleep(for: .milliseconds(100))
        try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        #expect(await result.error == nil)
    }

    @Test("a transaction left open by a failed rollback is ended")
    func leftOpen() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        try await store.database.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            try db.execute(sql: "CREATE TABLE half_done (a)")
        }
        #expect(await store.record(.of("o", session: "s")).error == nil)
        #expect(try folder.inspect { try $0.tableExists("half_done") } == false)
    }

    @Test("the last to let go may be a completion")
    func dropped() async throws {
        let folder = try TemporaryFolder()
        await withCheckedContinuation { continuation in
            do {
                let store = try folder.open()
                store.record(.of("o", session: "s")) { _ in
                    withExtendedLifetime(store) { continuation.resume() }
                }
            } catch {
                Issue.record(error)
                continuation.resume()
            }
        }
        #expect(try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM users") } == 1)
    }
}
