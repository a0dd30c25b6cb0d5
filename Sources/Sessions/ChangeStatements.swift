import GRDB

extension Database {
    /// Records changes with an end, for followers that start later. Blocked users are stored elsewhere.
    func note(_ changes: [SessionChange]) throws {
        for change in changes {
            guard let until = change.until else { continue }
            switch change.kind {
            case .sessionEnded(let sessionID, let byUser):
                let upsert = try cachedStatement(
                    sql: """
                        INSERT INTO ended_sessions (session_id, by_user, until) VALUES (?, ?, ?)
                        ON CONFLICT (session_id) DO UPDATE SET
                            by_user = max(by_user, excluded.by_user), until = max(until, excluded.until)
                        """
                )
                try upsert.execute(arguments: [sessionID.stored, byUser, until])
            case .userKnown(let user, let facts):
                let upsert = try cachedStatement(
                    sql: """
                        INSERT INTO changed_facts (app_id, openid, facts, until) VALUES (?, ?, ?, ?)
                        ON CONFLICT (app_id, openid) DO UPDATE SET
                            facts = excluded.facts, until = max(until, excluded.until)
                        """
                )
                try upsert.execute(arguments: [user.appID.stored, user.openid.stored, Int(facts.rawValue), until])
            case .userBlocked, .userUnblocked: continue
            }
        }
    }

    /// All changes that are in force at that time.
    func changes(at time: Int64) throws -> [SessionChange] {
        var changes: [SessionChange] = []
        let ended = try cachedStatement(sql: "SELECT session_id, by_user, until FROM ended_sessions WHERE until > ?")
        for row in try Row.fetchAll(ended, arguments: [time]) {
            guard let sessionID = row.text("session_id") else { continue }
            changes.append(
                SessionChange(.sessionEnded(sessionID: sessionID, byUser: row["by_user"]), until: row["until"])
            )
        }
        let facts = try cachedStatement(sql: "SELECT app_id, openid, facts, until FROM changed_facts WHERE until > ?")
        for row in try Row.fetchAll(facts, arguments: [time]) {
            guard let appID = row.text("app_id"), let openid = row.text("openid") else { continue }
            let known = UserFacts(rawValue: UInt8(truncatingIfNeeded: row["facts"] as Int))
            changes.append(
                SessionChange(.userKnown(UserKey(appID: appID, openid: openid), known), until: row["until"])
            )
        }
        let blocked = try cachedStatement(sql: "SELECT user_id FROM blocked_users")
        for row in try Row.fetchAll(blocked) {
            guard let userID = row.text("user_id") else { continue }
            changes.append(SessionChange(.userBlocked(userID: userID), until: nil))
        }
        return changes
    }

    /// Removes up to `limit` expired sessions and up to `limit` expired changes; true if there may be more.
    func removeExpired(by time: Int64, limit: Int) throws -> Bool {
        var isMore = false
        for (table, key, end) in [
            ("sessions", "session_id", "expires_at"), ("ended_sessions", "session_id", "until"),
            ("changed_facts", "app_id, openid", "until"),
        ] {
            let delete = try cachedStatement(
                sql: """
                    DELETE FROM \(table) WHERE (\(key)) IN
                        (SELECT \(key) FROM \(table) WHERE \(end) <= ? ORDER BY \(end) LIMIT ?)
                    """
            )
            try delete.execute(arguments: [time, limit])
            if changesCount >= limit { isMore = true }
        }
        return isMore
    }
}
