import Dispatch
import Foundation
import GRDB
import Synchronization

/// The embedded store: SQLite in WAL mode with `synchronous=FULL`, on one thread.
///
/// Writes are committed in groups: the thread takes all waiting writes, runs them in one transaction, and completes
/// them once it is on disk. A slow disk makes the groups larger, not the queue longer.
package final class SQLiteSessionStore: SessionStore {
    /// Requests that may wait; one more is `SessionStoreError.overloaded`.
    package static let capacity = 4096

    let database: DatabaseQueue
    private let keyring: SessionKeyring
    private let clock: @Sendable () -> Int64
    private let mailbox = StoreMailbox(capacity: SQLiteSessionStore.capacity)
    private let health = StoreHealth()
    private let threadID: ObjectIdentifier
    private let finished = DispatchSemaphore(value: 0)

    /// Opens or creates the file (mode 0600; a missing folder gets 0700), migrates its schema and starts the thread.
    ///
    /// - Parameters:
    ///   - isAlone: whether no other gateway may run on the file: `inUse` where one does. Who only writes rows, as an
    ///     import does, may come beside a gateway.
    ///   - clock: seconds since 1970, for requests without a time.
    ///   - steadyClock: milliseconds since any moment, never set.
    ///   - log: runs on the store's thread; must not block.
    package init(
        path: String,
        keyring: SessionKeyring,
        isAlone: Bool = false,
        clock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
        steadyClock: @escaping @Sendable () -> Int64 = SQLiteSessionStore.steadyMilliseconds,
        log: @escaping @Sendable (SQLiteStoreEvent) -> Void = { _ in }
    ) throws(SessionStoreOpenError) {
        try SessionDatabase.create(path: path)
        let lock = try isAlone ? StoreFileLock(path: path) : nil
        database = try SessionDatabase.open(path: path)
        self.keyring = keyring
        self.clock = clock
        let writer = StoreWriter(
            database: database,
            file: StoreFile(path: path),
            mailbox: mailbox,
            health: health,
            clock: clock,
            steadyClock: steadyClock,
            log: log
        )
        let finished = finished
        let thread = Thread {
            writer.run()
            lock?.release()
            finished.signal()
        }
        threadID = ObjectIdentifier(thread)
        thread.name = "session-store"
        thread.start()
    }

    /// The kernel's steady clock.
    package static let steadyMilliseconds: @Sendable () -> Int64 = {
        Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000)
    }

    deinit {
        stop()
    }

    /// See ``SessionStore/isDegraded``.
    package var isDegraded: Bool { health.isDegraded }

    /// Nothing is shared: the file is this gateway's alone.
    package var shared: (any SharedValues)? { nil }

    /// See ``SessionStore/follow(_:)``.
    package func follow(_ observer: @escaping @Sendable ([SessionChange]) -> Void) {
        post(.follow(observer))
    }

    /// From a completion, it does not wait: that runs on the thread to wait for.
    package func stop() {
        mailbox.close()
        guard ObjectIdentifier(Thread.current) != threadID else { return }
        finished.wait()
        finished.signal()
    }

    private func post(_ request: StoreRequest) {
        if let refusal = mailbox.post(request) { request.refuse(refusal) }
    }

    private func read<Value: Sendable>(
        _ completion: @escaping @Sendable (Result<Value, SessionStoreError>) -> Void,
        _ work: @escaping @Sendable (Database) throws -> Value
    ) {
        let read = StoreRead(
            work: { db in
                let value = try work(db)
                return { completion(.success(value)) }
            },
            refuse: { completion(.failure($0)) }
        )
        post(.read(read))
    }

    private func write<Value: Sendable>(
        at time: Int64?,
        _ completion: @escaping @Sendable (Result<Value, SessionStoreError>) -> Void,
        _ work: @escaping @Sendable (Database) throws -> (Value, [SessionChange])
    ) {
        let write = StoreWrite(
            time: time,
            work: { db in
                let (value, changes) = try work(db)
                return ({ completion(.success(value)) }, changes)
            },
            refuse: { completion(.failure($0)) }
        )
        post(.write(write))
    }
}

extension SQLiteSessionStore {
    /// See ``SessionStore/record(_:completion:)``.
    package func record(
        _ login: UserLogin,
        completion: @escaping @Sendable (Result<StoredUser, SessionStoreError>) -> Void
    ) {
        write(at: login.time, completion) { [keyring] db in (try db.record(login, keyring), []) }
    }

    /// See ``SessionStore/user(_:completion:)``.
    package func user(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<StoredUser?, SessionStoreError>) -> Void
    ) {
        read(completion) { [keyring] db in try db.userRow(query, keyring)?.user }
    }

    /// See ``SessionStore/sessionKey(_:completion:)``.
    package func sessionKey(
        _ query: SessionQuery,
        completion: @escaping @Sendable (Result<String?, SessionStoreError>) -> Void
    ) {
        read(completion) { [keyring] db in
            try db.userRow(query, keyring)?.sessionKey.map { try keyring.openText($0, as: .sessionKey(query.user)) }
        }
    }

    /// See ``SessionStore/update(_:of:completion:)``.
    package func update(
        _ update: UserUpdate,
        of query: SessionQuery,
        completion: @escaping @Sendable (Result<Updated<StoredUser>?, SessionStoreError>) -> Void
    ) {
        write(at: query.time, completion) { [keyring] db in
            let updated = try db.update(update, of: query, keyring)
            return (updated, updated?.changes ?? [])
        }
    }

    /// See ``SessionStore/end(_:completion:)``.
    package func end(
        _ ending: SessionEnding,
        completion: @escaping @Sendable (Result<Updated<Int>, SessionStoreError>) -> Void
    ) {
        write(at: ending.time, completion) { [keyring] db in
            let updated = try db.end(ending, keyring)
            return (updated, updated.changes)
        }
    }

    /// See ``SessionStore/setBlocked(_:userID:completion:)``.
    package func setBlocked(
        _ isBlocked: Bool,
        userID: String,
        completion: @escaping @Sendable (Result<Updated<Void>, SessionStoreError>) -> Void
    ) {
        write(at: nil, completion) { [clock] db in
            try db.setBlocked(isBlocked, userID: userID, at: clock())
            let kind: SessionChange.Kind = isBlocked ? .userBlocked(userID: userID) : .userUnblocked(userID: userID)
            let changes = [SessionChange(kind, until: nil)]
            return (Updated((), changes: changes), changes)
        }
    }

    /// See ``SessionStore/renew(_:completion:)``.
    package func renew(
        _ renewal: TokenRenewal,
        completion: @escaping @Sendable (Result<RenewedToken?, SessionStoreError>) -> Void
    ) {
        write(at: renewal.query.time, completion) { [keyring] db in (try db.renew(renewal, keyring), []) }
    }

    /// See ``SessionStore/importUsers(_:completion:)``.
    package func importUsers(
        _ users: [ImportedUser],
        completion: @escaping @Sendable (Result<Void, SessionStoreError>) -> Void
    ) {
        write(at: nil, completion) { [clock, keyring] db in
            (try db.importUsers(users, at: clock(), keyring), [])
        }
    }
}
