import Dispatch
import GRDB

/// The thread of the store: runs the reads, then all waiting writes in one transaction, then completes them.
final class StoreWriter: Sendable {
    private static let largestBatch = 512
    /// In milliseconds.
    private static let purgeInterval: Int64 = 60_000
    private static let purgeCount = 500
    /// Seconds after which what failed is tried again: reading the changes for an observer, and a file that failed.
    private static let retryInterval = 1
    /// Why nothing is written to a file that is not in its place. Another file at its place would know of no block.
    private static let moved = "the file was moved or deleted; put it back, or restart the gateway"

    /// State of the thread alone.
    private struct State {
        var purgeClock: PurgeClock
        /// By the steady clock, which goes on where the wall clock is set back.
        var nextPurge = Int64.min
        var observer: (@Sendable ([SessionChange]) -> Void)?
        /// An observer that has not received the known changes yet.
        var newObserver: (@Sendable ([SessionChange]) -> Void)?
        /// Why the file fails, as it was told; nil while it works.
        var reason: String?
        var nextProbe = DispatchTime.now()
    }

    private let database: DatabaseQueue
    private let file: StoreFile
    private let mailbox: StoreMailbox
    private let health: StoreHealth
    private let clock: @Sendable () -> Int64
    private let steadyClock: @Sendable () -> Int64
    private let log: @Sendable (SQLiteStoreEvent) -> Void

    /// - Parameters:
    ///   - clock: seconds since 1970.
    ///   - steadyClock: milliseconds since any moment.
    init(
        database: DatabaseQueue,
        file: StoreFile,
        mailbox: StoreMailbox,
        health: StoreHealth,
        clock: @escaping @Sendable () -> Int64,
        steadyClock: @escaping @Sendable () -> Int64,
        log: @escaping @Sendable (SQLiteStoreEvent) -> Void
    ) {
        self.database = database
        self.file = file
        self.mailbox = mailbox
        self.health = health
        self.clock = clock
        self.steadyClock = steadyClock
        self.log = log
    }

    /// Returns when the mailbox is closed and all it held is done.
    func run() {
        var state = State(purgeClock: PurgeClock(wall: clock() * 1000, steady: steadyClock()))
        // It wakes up once a second: a file that is moved is noticed before the next login.
        while let batch = mailbox.take(upTo: Self.largestBatch, within: Self.retryInterval) {
            var writes: [StoreWrite] = []
            for request in batch {
                switch request {
                // Completed writes are on disk, so a read does not depend on the writes of its own batch.
                case .read(let read): perform(read, &state)
                case .write(let write): writes.append(write)
                case .follow(let observer): state.newObserver = observer
                }
            }
            startObserver(&state)
            if !file.isInPlace {
                note(.write, Self.moved, &state)
                for write in writes { write.refuse(.database(code: ResultCode.SQLITE_READONLY_DBMOVED.rawValue)) }
                continue
            }
            if !writes.isEmpty { commit(writes, &state) }
            probe(&state)
        }
        try? database.close()
    }

    private func perform(_ read: StoreRead, _ state: inout State) {
        do {
            let reply = try database.unsafeRead(read.work)
            note(.read, nil, &state)
            reply()
        } catch {
            if let error = error as? DatabaseError { note(.read, error.reason, &state) }
            read.refuse(SessionStoreError(error))
        }
    }

    /// Tells a change of the file's state: one line, not one for each request that fails.
    private func note(_ work: StoreHealth.Work, _ reason: String?, _ state: inout State) {
        health.note(work, failed: reason != nil)
        if let reason {
            if state.reason == nil { state.nextProbe = .now() + .seconds(Self.retryInterval) }
            guard state.reason != reason else { return }
            state.reason = reason
            log(.failing(reason: reason))
        } else if state.reason != nil, !health.isDegraded {
            state.reason = nil
            log(.working)
        }
    }

    /// Looks once a second whether a file that failed works again: nobody may log in for long.
    private func probe(_ state: inout State) {
        guard health.isDegraded, state.nextProbe <= .now() else { return }
        do {
            try database.writeWithoutTransaction { db in
                if db.isInsideTransaction { try db.rollback() }
                try db.inTransaction(.immediate) {
                    try db.probe()
                    return .commit
                }
            }
            note(.read, nil, &state)
            note(.write, nil, &state)
        } catch {
            if let error = error as? DatabaseError { note(.write, error.reason, &state) }
        }
        state.nextProbe = .now() + .seconds(Self.retryInterval)
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
            if let error = error as? DatabaseError { note(.read, error.reason, &state) }
        }
    }

    private func commit(_ writes: [StoreWrite], _ state: inout State) {
        var replies: [@Sendable () -> Void] = []
        var changes: [SessionChange] = []
        var fault: DatabaseError?
        do {
            try database.writeWithoutTransaction { db in
                if db.isInsideTransaction { try db.rollback() }
                try db.inTransaction(.immediate) {
                    for write in writes { replies.append(try perform(write, db, &changes, &fault)) }
                    if let time = writes.last(where: { $0.time != nil })?.time { purge(db, at: time, &state) }
                    return .commit
                }
            }
            note(.write, fault?.reason, &state)
        } catch {
            if let error = error as? DatabaseError { note(.write, error.reason, &state) }
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
        _ changes: inout [SessionChange],
        _ fault: inout DatabaseError?
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
            if let error = error as? DatabaseError, error.concernsFile { fault = error }
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
