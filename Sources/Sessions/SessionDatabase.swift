import Foundation
import GRDB

/// Why the store's file cannot be used. The path is the caller's to name.
package enum SessionStoreOpenError: Error, Equatable, Sendable {
    /// The folder or the file could not be made.
    case file(errno: Int32)
    /// The file is not an SQLite database, or is damaged.
    case corrupt
    /// Another gateway runs on it.
    case inUse
    /// A later version of the gateway wrote it.
    case newerSchema
    /// The file or its folder cannot be written.
    case readOnly
    /// The file system does not do write-ahead logging (a network share, most likely).
    case noWriteAheadLog
    /// SQLite's extended result code.
    case database(code: Int32)
}

/// Opens the file and knows its schema.
enum SessionDatabase {
    /// How long to wait for a lock of another process: a backup, an operator's shell.
    private static let busyTimeout = 5.0
    /// Files up to this size are looked through for damage at each start: a tenth of a second.
    private static let checkedSize = 64 << 20

    /// Makes the file and its folder, where they are not there.
    static func create(path: String) throws(SessionStoreOpenError) {
        try createFolder((path as NSString).deletingLastPathComponent)
        try createFile(path)
    }

    static func open(path: String) throws(SessionStoreOpenError) -> DatabaseQueue {
        do {
            var configuration = GRDB.Configuration()
            configuration.label = "session-store"
            // Otherwise GRDB ends the process if a failed ROLLBACK leaves a transaction open.
            configuration.allowsUnsafeTransactions = true
            configuration.busyMode = .timeout(busyTimeout)
            configuration.prepareDatabase { db in
                let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
                guard mode == "wal" else { throw SessionStoreOpenError.noWriteAheadLog }
                try db.execute(sql: "PRAGMA synchronous = FULL")
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            guard try !database.read(migrations.hasBeenSuperseded) else { throw SessionStoreOpenError.newerSchema }
            try migrations.migrate(database)
            try verify(database)
            return database
        } catch let error as SessionStoreOpenError {
            throw error
        } catch let error as DatabaseError {
            throw SessionStoreOpenError(error)
        } catch {
            throw .database(code: ResultCode.SQLITE_ERROR.rawValue)
        }
    }

    /// Finds now what the first login would find: a file that cannot be written, and damaged pages.
    static func verify(_ database: DatabaseQueue) throws {
        do {
            try database.write { db in
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                try db.execute(sql: "PRAGMA user_version = \(version)")
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Another process writes to it.
        }
        let isWhole = try database.read { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
            guard pages <= checkedSize / max(1, pageSize) else { return true }
            return try String.fetchOne(db, sql: "PRAGMA quick_check(1)") == "ok"
        }
        guard isWhole else { throw SessionStoreOpenError.corrupt }
    }

    private static func createFolder(_ path: String) throws(SessionStoreOpenError) {
        guard !path.isEmpty, mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        let parent = (path as NSString).deletingLastPathComponent
        guard errno == ENOENT, !parent.isEmpty, parent != path else { throw .file(errno: errno) }
        try createFolder(parent)
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .file(errno: errno) }
    }

    /// SQLite would make it readable for all; its log and index files take their mode from this one.
    private static func createFile(_ path: String) throws(SessionStoreOpenError) {
        // O_EXCL, since opening and closing a database file drops the locks that this process holds on it.
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor < 0 else {
            close(descriptor)
            return
        }
        guard errno == EEXIST else { throw .file(errno: errno) }
    }
}

extension SessionStoreOpenError {
    fileprivate init(_ error: DatabaseError) {
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .corrupt
        case .SQLITE_READONLY: self = .readOnly
        default: self = .database(code: error.extendedResultCode.rawValue)
        }
    }
}
