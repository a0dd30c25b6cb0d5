import Foundation
import GRDB
import GRDBSQLite
import NIOConcurrencyHelpers
import Testing

@testable import Sessions

@Suite("What is on disk when an answer goes out", .timeLimit(.minutes(5)))
struct DurabilityTests {
    private final class CommitCounter: TransactionObserver, Sendable {
        let commits = Counter()
        private let duringFirst: NIOLockedValueBox<(@Sendable () -> Void)?>

        /// - Parameter duringFirst: runs on the store's thread while the first transaction is being committed.
        init(duringFirst: (@Sendable () -> Void)? = nil) {
            self.duringFirst = NIOLockedValueBox(duringFirst)
        }

        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseWillCommit() {
            let work = duringFirst.withLockedValue { work in
                defer { work = nil }
                return work
            }
            work?()
        }
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

    @Test("logins that come while a commit is under way are one commit, the next")
    func underWay() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let (results, answered) = AsyncStream.makeStream(of: RecordResult.self)
        let counter = CommitCounter {
            for number in 1...100 { store.record(.of("o\(number)", session: "\(number)")) { answered.yield($0) } }
        }
        store.database.add(transactionObserver: counter, extent: .databaseLifetime)
        #expect(await store.record(.of("o0", session: "0")).error == nil)
        var left = 100
        for await result in results {
            #expect(result.error == nil)
            left -= 1
            if left == 0 { break }
        }
        #expect(counter.commits.count == 2)
        #expect(try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM sessions") } == 101)
    }

    @Test("callers that come as they like find what they recorded")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    for number in 0..<20 {
                        let session = "\(caller)-\(number)"
                        #expect(await store.record(.of("o\(caller)", session: session)).error == nil)
                        let user = StoredUser(userID: "u_o\(caller)", unionid: nil, sessionExpiry: now + month)
                        #expect(await store.user(session, "o\(caller)") == .success(user))
                    }
                }
            }
        }
        #expect(try folder.inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM sessions") } == 1000)
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

    @Test("a write waits for another process that holds the lock, and is refused where that takes too long")
    func busy() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let timeout = try await store.database.unsafeRead { try Int.fetchOne($0, sql: "PRAGMA busy_timeout") }
        #expect(timeout == 5000, "milliseconds")
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file, configuration: configuration)
        let lock = ForeignLock(holder: other)
        defer { withExtendedLifetime(lock) { store.stop() } }
        // In place of the handler that SQLite has for the time-out: SQLite calls it once the store has met the lock.
        try await store.database.writeWithoutTransaction { db in
            _ = sqlite3_busy_handler(db.sqliteConnection, meetLock, Unmanaged.passUnretained(lock).toOpaque())
        }
        try await lock.take()
        #expect(await store.record(.of("o", session: "s")).error == nil)
        #expect(lock.met.count == 1)

        lock.isKept.withLockedValue { $0 = true }
        try await lock.take()
        #expect(await store.record(.of("o", session: "t")) == .failure(.database(code: SQLITE_BUSY)))
        #expect(lock.met.count >= 2 && store.isDegraded)

        try lock.release()
        #expect(await store.record(.of("o", session: "t")).error == nil)
        #expect(!store.isDegraded)
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

/// The file's lock in the hands of another connection.
private final class ForeignLock: Sendable {
    private let holder: DatabaseQueue
    /// How often the store found the file locked.
    let met = Counter()
    /// Whether it stays locked when the store meets it.
    let isKept = NIOLockedValueBox(false)

    init(holder: DatabaseQueue) {
        self.holder = holder
    }

    func take() async throws {
        try await holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func release() throws {
        try holder.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
    }
}

/// What SQLite calls on the store's thread where the file is locked; not 0: it tries again.
private func meetLock(_ context: UnsafeMutableRawPointer?, _ attempts: Int32) -> Int32 {
    guard let context else { return 0 }
    let lock = Unmanaged<ForeignLock>.fromOpaque(context).takeUnretainedValue()
    lock.met.increment()
    guard !lock.isKept.withLockedValue(\.self) else { return 0 }
    do {
        try lock.release()
        return 1
    } catch {
        return 0
    }
}
