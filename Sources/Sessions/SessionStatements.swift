import Foundation
import GRDB

extension Database {
    func beginSession(_ login: UserLogin) throws {
        let insert = try cachedStatement(
            sql: "INSERT INTO sessions (session_id, app_id, openid, created_at, expires_at) VALUES (?, ?, ?, ?, ?)"
        )
        try insert.execute(
            arguments: [
                login.sessionID.stored, login.user.appID.stored, login.user.openid.stored, login.time,
                login.sessionExpiry,
            ]
        )
    }

    /// Removes a session; true if it existed and had not expired.
    func removeSession(_ sessionID: String, at time: Int64) throws -> Bool {
        let delete = try cachedStatement(sql: "DELETE FROM sessions WHERE session_id = ? RETURNING expires_at")
        return try Row.fetchAll(delete, arguments: [sessionID.stored]).contains { ($0["expires_at"] as Int64) > time }
    }

    /// Removes all sessions of a user in all apps, and gives the ids of those that had not expired.
    func removeSessions(ofUserID userID: String, at time: Int64) throws -> [String] {
        let delete = try cachedStatement(
            sql: """
                DELETE FROM sessions
                WHERE (app_id, openid) IN (SELECT app_id, openid FROM users WHERE user_id = ?)
                RETURNING session_id, expires_at
                """
        )
        return try Row.fetchAll(delete, arguments: [userID.stored]).compactMap { row in
            let expiry: Int64 = row["expires_at"]
            return expiry > time ? row.text("session_id") : nil
        }
    }

    /// The session's successor token that is recorded; nil where there is none.
    func successor(_ query: SessionQuery) throws -> (token: SealedValue, expiry: Int64)? {
        let select = try cachedStatement(
            sql: "SELECT successor, successor_kid, successor_expires_at FROM sessions WHERE session_id = ?"
        )
        let row = try Row.fetchOne(select, arguments: [query.sessionID.stored])
        guard let row, let token = row.sealed("successor", "successor_kid") else { return nil }
        return (token, row["successor_expires_at"] ?? 0)
    }

    func setSuccessor(_ token: SealedValue, expiry: Int64, of query: SessionQuery) throws {
        let update = try cachedStatement(
            sql: """
                UPDATE sessions SET successor = ?, successor_kid = ?, successor_expires_at = ? WHERE session_id = ?
                """
        )
        try update.execute(arguments: [Data(token.bytes), token.keyID, expiry, query.sessionID.stored])
    }

    /// When the session ends; nil where it is not there, not that user's, or over.
    func sessionExpiry(_ query: SessionQuery) throws -> Int64? {
        let select = try cachedStatement(
            sql: "SELECT expires_at FROM sessions WHERE session_id = ? AND app_id = ? AND openid = ? AND expires_at > ?"
        )
        let user = query.user
        let arguments: StatementArguments = [
            query.sessionID.stored, user.appID.stored, user.openid.stored, query.time,
        ]
        return try Row.fetchOne(select, arguments: arguments)?["expires_at"]
    }
}
