import GRDB
import Synchronization

/// What an operator may want to know of the store's file. All of it may be logged.
package enum SQLiteStoreEvent: Sendable, Equatable {
    /// Work on the file fails: SQLite's extended result code and its words, or that the file is not where it was. Told once
    /// until the file works again, or fails for another reason.
    case failing(reason: String)
    /// The file works again.
    case working
}

/// How the last reads and the last writes ended. Reads may well go on where no write does: on a full disk, for one.
final class StoreHealth: Sendable {
    enum Work: Sendable {
        case read, write
    }

    private let readsFail = Atomic(false)
    private let writesFail = Atomic(false)

    var isDegraded: Bool { readsFail.load(ordering: .relaxed) || writesFail.load(ordering: .relaxed) }

    func note(_ work: Work, failed: Bool) {
        switch work {
        case .read: readsFail.store(failed, ordering: .relaxed)
        case .write: writesFail.store(failed, ordering: .relaxed)
        }
    }
}

extension Database {
    /// Reads from every table, and writes to the file what is there already; throws what a request would get.
    func probe() throws {
        for table in ["users", "sessions", "blocked_users", "ended_sessions", "changed_facts"] {
            _ = try Row.fetchOne(self, sql: "SELECT * FROM \(table) LIMIT 1")
        }
        let version = try Int.fetchOne(self, sql: "PRAGMA user_version") ?? 0
        try execute(sql: "PRAGMA user_version = \(version)")
    }
}

extension DatabaseError {
    /// Whether the error is about the file, not about one request.
    var concernsFile: Bool { resultCode != .SQLITE_CONSTRAINT }

    /// The extended result code and SQLite's words for it: no statement, no value.
    var reason: String { "\(extendedResultCode)" }
}
