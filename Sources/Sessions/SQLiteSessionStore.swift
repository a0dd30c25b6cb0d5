import Dispatch
import Foundation
import GRDB
import Synchronization

/// The embedded store: SQLite in WAL mode with `synchronous=FULL`, and one thread that does all its work.
///
/// Logins are committed in groups: the thread takes all that wait, writes them in one transaction, and answers when it
/// is on disk. So a slow disk makes groups larger, not the queue longer.
package final class SQLiteSessionStore: SessionStore {
    /// Requests that may wait; one more is `SessionStoreError.overloaded`.
    package static let capacity = 4096

    let database: DatabaseQueue
    private let mailbox = StoreMailbox(capacity: SQLiteSessionStore.capacity)
    private let health = StoreHealth()
    private let threadID: ObjectIdentifier
    private let finished = DispatchSemaphore(value: 0)

    /// Opens the file, or makes it (mode 0600, its folder 0700 where that is missing too), brings its schema up to date
    /// and starts the thread.
    package init(path: String, seal: SessionKeySeal) throws(SessionStoreOpenError) {
        database = try SessionDatabase.open(path: path)
        let writer = StoreWriter(database: database, seal: seal, mailbox: mailbox, health: health)
        let finished = finished
        let thread = Thread {
            writer.run()
            finished.signal()
        }
        threadID = ObjectIdentifier(thread)
        thread.name = "session-store"
        thread.start()
    }

    deinit {
        stop()
    }

    package func record(
        _ login: UserLogin,
        completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void
    ) {
        if let refusal = mailbox.post(.record(login, completion)) { completion(.failure(refusal)) }
    }

    package func user(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    ) {
        if let refusal = mailbox.post(.read(query, completion)) { completion(.failure(refusal)) }
    }

    package var isDegraded: Bool { health.isDegraded }

    /// From a completion, it does not wait: that runs on the thread to wait for.
    package func stop() {
        mailbox.close()
        guard ObjectIdentifier(Thread.current) != threadID else { return }
        finished.wait()
        finished.signal()
    }
}

/// How the last work on the database ended.
final class StoreHealth: Sendable {
    private let degraded = Atomic(false)

    var isDegraded: Bool { degraded.load(ordering: .relaxed) }

    func note(failed: Bool) { degraded.store(failed, ordering: .relaxed) }
}

extension SQLiteSessionStore {
    package func sessionKey(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<String?, SessionStoreError>) -> Void
    ) { completion(.failure(.stopped)) }
    package func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        completion: @escaping @Sendable (Result<Updated<StoredUser>?, SessionStoreError>) -> Void
    ) { completion(.failure(.stopped)) }
    package func end(
        _ ending: SessionEnding,
        completion: @escaping @Sendable (Result<Updated<Int>, SessionStoreError>) -> Void
    ) { completion(.failure(.stopped)) }
    package func setBlocked(
        _ isBlocked: Bool,
        userID: String,
        completion: @escaping @Sendable (Result<Updated<Void>, SessionStoreError>) -> Void
    ) { completion(.failure(.stopped)) }
    package func renew(
        _ renewal: TokenRenewal,
        completion: @escaping @Sendable (Result<RenewedToken?, SessionStoreError>) -> Void
    ) { completion(.failure(.stopped)) }
    package func importUsers(
        _ users: [ImportedUser],
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) { completion(.failure(.stopped)) }
    package func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void) {}
    package var shared: (any SharedValues)? { nil }
}
