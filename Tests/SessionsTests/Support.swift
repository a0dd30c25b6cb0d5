import Cryptography
import Foundation
import GRDB
import Sessions

let storeKey = Array("a key for tests, of 32 bytes at the least".utf8)
let now: Int64 = 1_790_000_000
let month: Int64 = 30 * 24 * 3600

typealias RecordResult = Result<StoredUser, SessionStoreError>
typealias UserResult = Result<StoredUser?, SessionStoreError>

/// A folder that goes when it is no longer held.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/var/menshen.sqlite" }

    func open() throws -> SQLiteSessionStore {
        try SQLiteSessionStore(path: file, seal: SessionKeySeal(secret: storeKey))
    }

    /// The file as another process sees it.
    func inspect<T>(_ work: (Database) throws -> T) throws -> T {
        let queue = try DatabaseQueue(path: file)
        defer { try? queue.close() }
        return try queue.unsafeRead(work)
    }
}

extension UserLogin {
    static func of(
        _ openid: String,
        session: String,
        app: String = "wx1",
        unionid: String? = nil,
        key: String = "session-key",
        time: Int64 = now,
        expiry: Int64 = now + month
    ) -> UserLogin {
        UserLogin(
            user: UserKey(appID: app, openid: openid),
            userID: "u_\(openid)",
            unionid: unionid,
            sessionKey: key,
            sessionID: session,
            time: time,
            sessionExpiry: expiry
        )
    }
}

extension SessionStore {
    func record(_ login: UserLogin) async -> RecordResult {
        await withCheckedContinuation { continuation in
            record(login) { continuation.resume(returning: $0) }
        }
    }

    func user(_ session: String, _ openid: String, app: String = "wx1", at time: Int64 = now) async -> UserResult {
        await withCheckedContinuation { continuation in
            user(ofSession: session, of: UserKey(appID: app, openid: openid), at: time) {
                continuation.resume(returning: $0)
            }
        }
    }
}
