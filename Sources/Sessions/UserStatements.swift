import Foundation
import GRDB

/// A user's row.
struct UserRow {
    let key: UserKey
    var user: StoredUser
    var sessionKey: SealedValue?
    var phone: SealedValue?
}

extension Database {
    private static let columns = """
        user_id, unionid, nickname, avatar_url, gender, city, province, country,
        session_key, session_key_kid, phone, phone_kid,
        EXISTS (SELECT 1 FROM blocked_users WHERE blocked_users.user_id = users.user_id) AS is_blocked
        """

    func userRow(_ key: UserKey, _ keyring: SessionKeyring) throws -> UserRow? {
        let select = try cachedStatement(sql: "SELECT \(Self.columns) FROM users WHERE app_id = ? AND openid = ?")
        let row = try Row.fetchOne(select, arguments: [key.appID.stored, key.openid.stored])
        return row.map { UserRow($0, key, keyring) }
    }

    /// The row of the session's user, where the session is theirs and not expired.
    func userRow(_ query: SessionQuery, _ keyring: SessionKeyring) throws -> UserRow? {
        let select = try cachedStatement(
            sql: """
                SELECT sessions.expires_at, \(Self.columns) FROM sessions JOIN users USING (app_id, openid)
                WHERE session_id = ? AND app_id = ? AND openid = ? AND expires_at > ?
                """
        )
        let user = query.user
        let row = try Row.fetchOne(
            select,
            arguments: [query.sessionID.stored, user.appID.stored, user.openid.stored, query.time]
        )
        return row.map { UserRow($0, user, keyring) }
    }

    /// The rows that bear a user's id: one for each app.
    func userRows(ofUserID userID: String, _ keyring: SessionKeyring) throws -> [UserRow] {
        let select = try cachedStatement(
            sql: "SELECT app_id, openid, \(Self.columns) FROM users WHERE user_id = ? ORDER BY app_id, openid"
        )
        return try Row.fetchAll(select, arguments: [userID.stored]).compactMap { row in
            guard let appID = row.text("app_id"), let openid = row.text("openid") else { return nil }
            return UserRow(row, UserKey(appID: appID, openid: openid), keyring)
        }
    }

    /// The id of the first user with this unionid.
    func userID(ofUnionid unionid: String) throws -> String? {
        let select = try cachedStatement(
            sql: "SELECT user_id FROM users WHERE unionid = ? ORDER BY created_at, app_id, openid LIMIT 1"
        )
        return try Row.fetchOne(select, arguments: [unionid.stored])?.text("user_id")
    }

    /// Creates or replaces the row, except its time of creation. Values sealed with an old key are sealed again.
    func write(_ row: UserRow, at time: Int64, _ keyring: SessionKeyring) throws {
        let upsert = try cachedStatement(
            sql: """
                INSERT INTO users
                    (app_id, openid, user_id, unionid, nickname, avatar_url, gender, city, province, country,
                    session_key, session_key_kid, phone, phone_kid, created_at, updated_at)
                VALUES (:app, :openid, :user, :unionid, :nickname, :avatar, :gender, :city, :province, :country,
                    :key, :keyKid, :phone, :phoneKid, :time, :time)
                ON CONFLICT (app_id, openid) DO UPDATE SET
                    user_id = excluded.user_id, unionid = excluded.unionid,
                    nickname = excluded.nickname, avatar_url = excluded.avatar_url, gender = excluded.gender,
                    city = excluded.city, province = excluded.province, country = excluded.country,
                    session_key = excluded.session_key, session_key_kid = excluded.session_key_kid,
                    phone = excluded.phone, phone_kid = excluded.phone_kid, updated_at = excluded.updated_at
                """
        )
        let (user, profile) = (row.user, row.user.profile)
        let sessionKey = keyring.renewed(row.sessionKey, as: .sessionKey(row.key))
        let phone = keyring.renewed(row.phone, as: .phone(row.key))
        try upsert.execute(
            arguments: [
                "app": row.key.appID.stored, "openid": row.key.openid.stored,
                "user": user.userID.stored, "unionid": user.unionid?.stored,
                "nickname": profile.nickname?.stored, "avatar": profile.avatarURL?.stored, "gender": profile.gender,
                "city": profile.city?.stored, "province": profile.province?.stored,
                "country": profile.country?.stored,
                "key": sessionKey.map { Data($0.bytes) }, "keyKid": sessionKey?.keyID,
                "phone": phone.map { Data($0.bytes) }, "phoneKid": phone?.keyID,
                "time": time,
            ]
        )
    }

    func removeUsers(ofUserID userID: String) throws {
        let delete = try cachedStatement(sql: "DELETE FROM users WHERE user_id = ?")
        try delete.execute(arguments: [userID.stored])
    }

    func isBlocked(userID: String) throws -> Bool {
        let select = try cachedStatement(sql: "SELECT 1 FROM blocked_users WHERE user_id = ?")
        return try Row.fetchOne(select, arguments: [userID.stored]) != nil
    }

    func setBlocked(_ isBlocked: Bool, userID: String, at time: Int64) throws {
        if isBlocked {
            let insert = try cachedStatement(sql: "INSERT OR IGNORE INTO blocked_users VALUES (?, ?)")
            try insert.execute(arguments: [userID.stored, time])
        } else {
            let delete = try cachedStatement(sql: "DELETE FROM blocked_users WHERE user_id = ?")
            try delete.execute(arguments: [userID.stored])
        }
    }
}

extension UserRow {
    fileprivate init(_ row: Row, _ key: UserKey, _ keyring: SessionKeyring) {
        self.key = key
        sessionKey = row.sealed("session_key", "session_key_kid")
        phone = row.sealed("phone", "phone_kid")
        user = StoredUser(
            userID: row.text("user_id") ?? "",
            unionid: row.text("unionid"),
            profile: UserProfile(
                nickname: row.text("nickname"),
                avatarURL: row.text("avatar_url"),
                gender: row["gender"],
                city: row.text("city"),
                province: row.text("province"),
                country: row.text("country")
            ),
            phone: keyring.phone(phone, of: key),
            isBlocked: row["is_blocked"],
            // Of rows that were found by a session.
            sessionExpiry: row["expires_at"]
        )
    }
}

extension SessionKeyring {
    /// A phone number that no key opens counts as unknown until it is set again: it must not prevent the login.
    func phone(_ sealed: SealedValue?, of key: UserKey) -> String? {
        sealed.flatMap { try? openText($0, as: .phone(key)) }
    }

    /// The value sealed with the first key, where it is not and can be opened.
    func renewed(_ sealed: SealedValue?, as purpose: Purpose) -> SealedValue? {
        guard let sealed, sealed.keyID != keyID, let plain = try? open(sealed, as: purpose) else { return sealed }
        return (try? seal(plain, as: purpose)) ?? sealed
    }
}
