import Foundation
import GRDB

extension Database {
    /// Makes the user or brings them up to date, and begins the session.
    func record(_ login: UserLogin, sealed: [UInt8], keyID: String) throws -> StoredUser? {
        let upsert = try cachedStatement(
            sql: """
                INSERT INTO users
                    (app_id, openid, user_id, unionid, session_key, session_key_kid, created_at, updated_at)
                VALUES (:app, :openid, :user, :unionid, :key, :kid, :time, :time)
                ON CONFLICT (app_id, openid) DO UPDATE SET
                    user_id = excluded.user_id,
                    unionid = coalesce(excluded.unionid, unionid),
                    session_key = excluded.session_key,
                    session_key_kid = excluded.session_key_kid,
                    updated_at = excluded.updated_at
                RETURNING user_id, unionid
                """
        )
        let row = try Row.fetchOne(
            upsert,
            arguments: [
                "app": login.user.appID, "openid": login.user.openid, "user": login.userID, "unionid": login.unionid,
                "key": Data(sealed), "kid": keyID, "time": login.time,
            ]
        )
        let begin = try cachedStatement(
            sql: """
                INSERT INTO sessions (session_id, app_id, openid, created_at, expires_at) VALUES (?, ?, ?, ?, ?)
                """
        )
        try begin.execute(
            arguments: [
                login.sessionID, login.user.appID, login.user.openid, login.time, login.sessionExpiry,
            ])
        return row.map(StoredUser.init)
    }

    /// The session's user, where the session is theirs and not expired.
    func user(_ query: SessionQuery) throws -> StoredUser? {
        let select = try cachedStatement(
            sql: """
                SELECT user_id, unionid FROM sessions JOIN users USING (app_id, openid)
                WHERE session_id = ? AND app_id = ? AND openid = ? AND expires_at > ?
                """
        )
        let row = try Row.fetchOne(
            select,
            arguments: [query.sessionID, query.user.appID, query.user.openid, query.time]
        )
        return row.map(StoredUser.init)
    }

    /// Removes up to `limit` expired sessions and says how many.
    func removeSessions(expiredBy time: Int64, limit: Int) throws -> Int {
        let delete = try cachedStatement(
            sql: """
                DELETE FROM sessions WHERE session_id IN
                    (SELECT session_id FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
                """
        )
        try delete.execute(arguments: [time, limit])
        return changesCount
    }
}

extension StoredUser {
    fileprivate init(_ row: Row) {
        self.init(userID: row["user_id"], unionid: row["unionid"])
    }
}
