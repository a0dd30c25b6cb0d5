import GRDB

/// The store's thread: reads first, then all writes that wait in one transaction, then their answers.
final class StoreWriter: Sendable {
    private static let largestBatch = 512
    private static let purgeInterval: Int64 = 60
    private static let purgeCount = 500

    private typealias Write = (login: UserLogin, completion: @Sendable (Result<StoredUser, SessionStoreError>) -> Void)

    private let database: DatabaseQueue
    private let seal: SessionKeySeal
    private let mailbox: StoreMailbox
    private let health: StoreHealth

    init(database: DatabaseQueue, seal: SessionKeySeal, mailbox: StoreMailbox, health: StoreHealth) {
        self.database = database
        self.seal = seal
        self.mailbox = mailbox
        self.health = health
    }

    /// Returns when the mailbox is closed and all it held is done.
    func run() {
        var nextPurge = Int64.min
        while let batch = mailbox.take(upTo: Self.largestBatch) {
            var writes: [Write] = []
            for request in batch {
                switch request {
                // A login answered before is on disk, so no read needs a write of its own batch.
                case .read(let query, let completion): completion(read(query))
                case .record(let login, let completion): writes.append((login, completion))
                }
            }
            if !writes.isEmpty { commit(writes, &nextPurge) }
        }
        try? database.close()
    }

    private func read(_ query: SessionQuery) -> Result<StoredUser?, SessionStoreError> {
        do {
            let user = try database.unsafeRead { try $0.user(query) }
            health.note(failed: false)
            return .success(user)
        } catch {
            health.note(failed: true)
            return .failure(SessionStoreError(error))
        }
    }

    private func commit(_ writes: [Write], _ nextPurge: inout Int64) {
        var results: [Result<StoredUser, SessionStoreError>] = []
        do {
            try database.writeWithoutTransaction { db in
                if db.isInsideTransaction { try db.rollback() }
                try db.inTransaction(.immediate) {
                    for write in writes { results.append(try record(write.login, db)) }
                    purge(db, at: writes.last?.login.time ?? 0, &nextPurge)
                    return .commit
                }
            }
            health.note(failed: false)
        } catch {
            health.note(failed: true)
            results = Array(repeating: .failure(SessionStoreError(error)), count: writes.count)
        }
        for (write, result) in zip(writes, results) { write.completion(result) }
    }

    /// One login in a savepoint: its failure is its own. Throws where the whole transaction is lost with it.
    private func record(_ login: UserLogin, _ db: Database) throws -> Result<StoredUser, SessionStoreError> {
        var user: StoredUser?
        do {
            let sealed = try seal.seal(login.sessionKey ?? "", of: login.user)
            try db.inSavepoint {
                user = try db.record(login, sealed: sealed, keyID: seal.keyID)
                return .commit
            }
        } catch {
            guard db.isInsideTransaction else { throw error }
            return .failure(SessionStoreError(error))
        }
        guard let user else { return .failure(.database(code: ResultCode.SQLITE_INTERNAL.rawValue)) }
        return .success(user)
    }

    /// Removes some expired sessions, once a minute or as long as there are many. What goes wrong here can wait.
    private func purge(_ db: Database, at time: Int64, _ nextPurge: inout Int64) {
        guard time >= nextPurge else { return }
        var removed = 0
        try? db.inSavepoint {
            removed = try db.removeSessions(expiredBy: time, limit: Self.purgeCount)
            return .commit
        }
        if removed < Self.purgeCount { nextPurge = time + Self.purgeInterval }
    }
}

extension SessionStoreError {
    init(_ error: any Error) {
        if let error = error as? DatabaseError {
            self = .database(code: error.extendedResultCode.rawValue)
        } else {
            self = .sealing
        }
    }
}
