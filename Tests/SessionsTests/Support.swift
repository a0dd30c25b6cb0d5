import Cryptography
import Foundation
import GRDB
import NIOConcurrencyHelpers
import Sessions

let storeKey = Array("a key for tests, of 32 bytes at the least".utf8)
/// Redis drops what expired by its own clock, so the tests' time is the day's.
let now = Int64(Date().timeIntervalSince1970)
let month: Int64 = 30 * 24 * 3600

typealias RecordResult = Result<StoredUser, SessionStoreError>
typealias UserResult = Result<StoredUser?, SessionStoreError>

/// A folder that goes when it is no longer held.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)").path

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/var/menshen.sqlite" }

    /// - Parameter steadyClock: milliseconds.
    func open(
        keys: [[UInt8]] = [storeKey],
        steadyClock: @escaping @Sendable () -> Int64 = SQLiteSessionStore.steadyMilliseconds,
        log: @escaping @Sendable (SQLiteStoreEvent) -> Void = { _ in }
    ) throws -> SQLiteSessionStore {
        try SQLiteSessionStore(
            path: file,
            keyring: SessionKeyring(keys),
            clock: { now },
            steadyClock: steadyClock,
            log: log
        )
    }

    /// The file as another process sees it.
    func inspect<T>(_ work: (Database) throws -> T) throws -> T {
        // A store that is just being let go may hold the lock while it closes.
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        let queue = try DatabaseQueue(path: file, configuration: configuration)
        defer { try? queue.close() }
        return try queue.unsafeRead(work)
    }
}

/// A steady clock that goes on where a test says so.
final class SteadyClock: Sendable {
    private let milliseconds = NIOLockedValueBox<Int64>(0)

    var read: @Sendable () -> Int64 {
        { [milliseconds] in milliseconds.withLockedValue { $0 } }
    }

    func pass(seconds: Int64) { milliseconds.withLockedValue { $0 += seconds * 1000 } }
}

extension UserLogin {
    static func of(
        _ openid: String,
        session: String,
        app: String = "wx1",
        userID: String? = nil,
        links: Bool = false,
        authoritative: Bool = false,
        unionid: String? = nil,
        key: String? = "session-key",
        time: Int64 = now,
        expiry: Int64 = now + month
    ) -> UserLogin {
        UserLogin(
            user: UserKey(appID: app, openid: openid),
            userID: userID ?? "u_\(openid)",
            linksByUnionid: links,
            isAuthoritative: authoritative,
            unionid: unionid,
            sessionKey: key,
            sessionID: session,
            time: time,
            sessionExpiry: expiry
        )
    }
}

extension SessionQuery {
    static func of(_ session: String, _ openid: String, app: String = "wx1", at time: Int64 = now) -> SessionQuery {
        SessionQuery(sessionID: session, user: UserKey(appID: app, openid: openid), time: time)
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
            user(.of(session, openid, app: app, at: time)) { continuation.resume(returning: $0) }
        }
    }

    func sessionKey(_ query: SessionQuery) async -> Result<String?, SessionStoreError> {
        await withCheckedContinuation { continuation in
            sessionKey(query) { continuation.resume(returning: $0) }
        }
    }

    func update(
        _ update: UserUpdate,
        of query: SessionQuery
    ) async -> Result<Updated<StoredUser>?, SessionStoreError> {
        await withCheckedContinuation { continuation in
            self.update(update, of: query) { continuation.resume(returning: $0) }
        }
    }

    func end(
        _ scope: SessionEnding.Scope,
        time: Int64 = now,
        tokensEnd: Int64 = now + 7200
    ) async -> Result<Updated<Int>, SessionStoreError> {
        await withCheckedContinuation { continuation in
            end(SessionEnding(scope, time: time, tokensEnd: tokensEnd)) { continuation.resume(returning: $0) }
        }
    }

    func setBlocked(_ isBlocked: Bool, _ userID: String) async -> Result<Updated<Void>, SessionStoreError> {
        await withCheckedContinuation { continuation in
            setBlocked(isBlocked, userID: userID) { continuation.resume(returning: $0) }
        }
    }

    func renew(_ renewal: TokenRenewal) async -> Result<RenewedToken?, SessionStoreError> {
        await withCheckedContinuation { continuation in
            renew(renewal) { continuation.resume(returning: $0) }
        }
    }

    func importUsers(_ users: [ImportedUser]) async -> Result<Void, SessionStoreError> {
        await withCheckedContinuation { continuation in
            importUsers(users) { continuation.resume(returning: $0) }
        }
    }
}

extension Result {
    var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
