import GRDB

extension SessionDatabase {
    /// Migrations are never changed: a later schema is a further migration.
    static let migrations: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 users and sessions") { try $0.execute(sql: usersAndSessions) }
        migrator.registerMigration("2 profiles, phones, changes") { try $0.execute(sql: profilesPhonesAndChanges) }
        return migrator
    }()

    private static let usersAndSessions = """
        CREATE TABLE users (
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            user_id TEXT NOT NULL,
            unionid TEXT,
            session_key BLOB NOT NULL,
            session_key_kid TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (app_id, openid)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sessions (
            session_id TEXT NOT NULL PRIMARY KEY,
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            FOREIGN KEY (app_id, openid) REFERENCES users
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_by_expiry ON sessions (expires_at);
        """

    /// SQLite takes no NOT NULL away from a column, so the table is made anew; `sessions` refers to it by its name.
    private static let profilesPhonesAndChanges = """
        CREATE TABLE new_users (
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            user_id TEXT NOT NULL,
            unionid TEXT,
            nickname TEXT,
            avatar_url TEXT,
            gender INTEGER,
            city TEXT,
            province TEXT,
            country TEXT,
            session_key BLOB,
            session_key_kid TEXT,
            phone BLOB,
            phone_kid TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (app_id, openid)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO new_users
            (app_id, openid, user_id, unionid, session_key, session_key_kid, created_at, updated_at)
            SELECT app_id, openid, user_id, unionid, session_key, session_key_kid, created_at, updated_at FROM users;
        DROP TABLE users;
        ALTER TABLE new_users RENAME TO users;
        CREATE INDEX users_by_user_id ON users (user_id);
        CREATE INDEX users_by_unionid ON users (unionid) WHERE unionid IS NOT NULL;

        ALTER TABLE sessions ADD COLUMN successor BLOB;
        ALTER TABLE sessions ADD COLUMN successor_kid TEXT;
        ALTER TABLE sessions ADD COLUMN successor_expires_at INTEGER;
        CREATE INDEX sessions_by_user ON sessions (app_id, openid);

        CREATE TABLE blocked_users (
            user_id TEXT NOT NULL PRIMARY KEY,
            blocked_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE ended_sessions (
            session_id TEXT NOT NULL PRIMARY KEY,
            by_user INTEGER NOT NULL,
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ended_sessions_by_end ON ended_sessions (until);
        CREATE TABLE changed_facts (
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            facts INTEGER NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (app_id, openid)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX changed_facts_by_end ON changed_facts (until);
        """
}
