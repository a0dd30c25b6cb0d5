import GRDB

/// The thread of the store: runs the reads, then all waiting writes in one transaction, then completes them.
final class StoreWriter: Sendable {
    private static let largestBatch = 512
    /// In milliseconds.
    private static let purgeInterval: Int64 = 60_000
    private static let purgeCount = 500
    /// The interval in seconds at which reading the changes for an observer is retried.
    private static let observerRetryInterval = 1

    /// State of the thread alone.
    private struct State {
        var purgeClock: PurgeClock
        /// By the steady clock, which goes on where the wall clock is set back.
        var nextPurge = Int64.min
        var observer: (@Sendable ([SessionChange]) -> Void)?
        /// An observer that has not received the known changes yet.
        var newObserver: (@Sendable ([SessionChange]) -> Void)?
    }

    private let database: DatabaseQueue
    private let mailbox: StoreMailbox
    private let health: StoreHealth
    private let clock: @Sendable () -> Int64
    private let steadyClock: @Sendable () -> Int64

    /// - Parameters:
    ///   - clock: seconds since 1970.
    ///   - steadyClock: milliseconds since any moment.
    init(
        database: DatabaseQueue,
        mailbox: StoreMailbox,
        health: StoreHealth,
        clock: @escaping @Sendable () -> Int64,
        steadyClock: @escaping @Sendable () -> Int64
    ) {
        self.database = database
        self.mailbox = mailbox
        self.health = health
        self.clock = clock
        self.steadyClock = steadyClock
    }

    /// Returns when the mailbox is closed and all it held is done.
    func run() {
        var state = State(purgeClock: PurgeClock(wall: clock() * 1000, steady: steadyClock()))
        while let batch = mailbox.take(
            upTo: Self.largestBatch,
            within: state.newObserver == nil ? nil : Self.observerRetryInterval
        ) {
            var writes: [StoreWrite] = []
            for request in batch {
                switch request {
                // Completed writes are on disk, so a read does not depend on the writes of its own batch.
                case .read(let read): perform(read)
                case .write(let write): writes.append(write)
                case .follow(let observer): state.newObserver = observer
                }
            }
            startObserver(&state)
            if !writes.isEmpty { commit(writes, &state) }
        }
        try? database.close()
    }

    private func perform(_ read: StoreRead) {
        do {
            let reply = try database.unsafeRead(read.work)
            health.note(failed: false)
            reply()
        } catch {
            if error is DatabaseError { health.note(failed: true) }
            read.refuse(SessionStoreError(error))
        }
    }

    /// Passes the known changes to a new observer. If they cannot be read, this is retried with the next batch, or
    /// after a second.
    private func startObserver(_ state: inout State) {
        guard let observer = state.newObserver else { return }
        do {
            let time = clock()
            let changes = try database.unsafeRead { try $0.changes(at: time) }
            (state.observer, state.newObserver) = (observer, nil)
            observer(changes)
        } catch {
            health.note(failed: true)
        }
    }

    private func commit(_ writes: [StoreWrite], _ state: inout State) {
        var replies: [@Sendable () -> Void] = []
        var changes: [SessionChange] = []
        do {
            try database.writeWithoutTransaction { db in
                if db.isInsideTransaction { try db.rollback() }
                try db.inTransaction(.immediate) {
                    for write in writes { replies.append(try perform(write, db, &changes)) }
                    if let time = writes.last(where: { $0.time != nil })?.time { purge(db, at: time, &state) }
                    return .commit
                }
            }
            health.note(failed: false)
        } catch {
            health.note(failed: true)
            for write in writes { write.refuse(SessionStoreError(error)) }
            return
        }
        if !changes.isEmpty { state.observer?(changes) }
        for reply in replies { reply() }
    }

    /// One write in a savepoint: its failure is its own. Throws where the whole transaction is lost with it.
    private func perform(
        _ write: StoreWrite,
        _ db: Database,
        _ changes: inout [SessionChange]
    ) throws -> @Sendable () -> Void {
        var done: (reply: @Sendable () -> Void, changes: [SessionChange])?
        do {
            try db.inSavepoint {
                let result = try write.work(db)
                try db.note(result.changes)
                done = result
                return .commit
            }
        } catch {
            guard db.isInsideTransaction else { throw error }
            let error = SessionStoreError(error)
            return { write.refuse(error) }
        }
        guard let done else { return { write.refuse(.database(code: ResultCode.SQLITE_INTERNAL.rawValue)) } }
        changes += done.changes
        return done.reply
    }

    /// Removes expired rows in portions, once a minute or while there are many. Failures are ignored until the next
    /// time.
    private func purge(_ db: Database, at time: Int64, _ state: inout State) {
        let steady = steadyClock()
        let settled = state.purgeClock.time(wall: time * 1000, steady: steady) / 1000
        guard steady >= state.nextPurge else { return }
        var isMore = false
        try? db.inSavepoint {
            isMore = try db.removeExpired(by: settled, limit: Self.purgeCount)
            return .commit
        }
        if !isMore { state.nextPurge = steady + Self.purgeInterval }
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
