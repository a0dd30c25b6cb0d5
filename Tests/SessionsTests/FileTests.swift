import Cryptography
import Foundation
import GRDB
import Testing

@testable import Sessions

@Suite("The store's file", .timeLimit(.minutes(1)))
struct FileTests {
    private func mode(_ path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    private func openError(_ path: String) -> SessionStoreOpenError? {
        do throws(SessionStoreOpenError) {
            _ = try SQLiteSessionStore(path: path, seal: SessionKeySeal(testing: storeKey))
            return nil
        } catch {
            return error
        }
    }

    @Test("it and its folders are made, for nobody else to read")
    func made() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a/b/store.sqlite"
        let store = try SQLiteSessionStore(path: path, seal: SessionKeySeal(secret: storeKey))
        _ = await store.record(.of("o", session: "s"))
        #expect(try mode(folder.path + "/a") == 0o700)
        #expect(try mode(folder.path + "/a/b") == 0o700)
        for suffix in ["", "-wal", "-shm"] { #expect(try mode(path + suffix) == 0o600) }
    }

    @Test(
        "what is no database, or a damaged one, is left alone",
        arguments: [
            "not a database, but long enough to look at: " + String(repeating: "x", count: 4096),
            "SQLite format 3\0" + String(repeating: "\u{7F}", count: 4080),
        ]
    )
    func corrupt(_ content: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store.sqlite"
        try content.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(openError(path) == .corrupt)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
    }

    @Test("a folder that cannot be made or written")
    func unwritable() throws {
        let folder = try TemporaryFolder()
        try "".write(toFile: folder.path + "/file", atomically: false, encoding: .utf8)
        #expect(openError(folder.path + "/file/store.sqlite") == .file(errno: ENOTDIR))
        #expect(openError(folder.path + "/file/a/b/store.sqlite") == .file(errno: ENOTDIR))
        #expect(openError("/proc/menshen/store.sqlite") == .file(errno: ENOENT))
        #expect(openError("/proc/store.sqlite") == .file(errno: ENOENT))
        #expect(openError("") != nil)
        #expect(openError(folder.path) != nil)
    }

    @Test("a read-only folder", .disabled(if: geteuid() == 0, "root writes anywhere"))
    func readOnlyFolder() throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        #expect(openError(folder.path + "/store.sqlite") == .file(errno: EACCES))
    }

    @Test("a file of a later version is not touched")
    func newerSchema() async throws {
        let folder = try TemporaryFolder()
        try folder.open().stop()
        let queue = try DatabaseQueue(path: folder.file)
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 the future')") }
        try queue.close()
        #expect(openError(folder.file) == .newerSchema)
    }

    @Test("session_keys are sealed: neither file holds them, the right key and user open them")
    func sealed() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        let user = UserKey(appID: "wx1", openid: "o")
        _ = await store.record(.of("o", session: "s1", key: "first-session-key"))
        _ = await store.record(.of("o", session: "s2", key: "second-session-key"))
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(filePath: folder.file + suffix))
            #expect(bytes.range(of: Data("session-key".utf8)) == nil)
        }
        let row = try #require(
            try folder.inspect { try Row.fetchOne($0, sql: "SELECT session_key, session_key_kid FROM users") }
        )
        let sealed: Data = row["session_key"]
        let seal = try SessionKeySeal(secret: storeKey)
        #expect(row["session_key_kid"] == seal.keyID)
        #expect(try seal.open(Array(sealed), of: user) == "second-session-key")
        let moved = [
            UserKey(appID: "wx1o", openid: ""), UserKey(appID: "wx", openid: "1o"), UserKey(appID: "wx1", openid: "p"),
        ]
        for other in moved {
            #expect(throws: CryptographyError.authenticationFailed) { try seal.open(Array(sealed), of: other) }
        }
        let otherSeal = try SessionKeySeal(secret: storeKey + [0])
        #expect(otherSeal.keyID != seal.keyID)
        #expect(throws: CryptographyError.authenticationFailed) { try otherSeal.open(Array(sealed), of: user) }
    }

    @Test("a short key is refused")
    func shortKey() {
        #expect(throws: CryptographyError.invalidLength) {
            try SessionKeySeal(secret: [UInt8](repeating: 1, count: 31))
        }
    }

    @Test("a login's description tells nothing of its session_key or openid")
    func descriptions() {
        let login = UserLogin.of("o", session: "the-session", key: "the-key")
        var dumped = ""
        dump(login, to: &dumped)
        for text in ["\(login)", String(reflecting: login), "\([login])", dumped] {
            #expect(!text.contains("the-key") && !text.contains("the-session"))
        }
    }
}

extension SessionKeySeal {
    /// For keys known to be good, where only the store's own errors are of interest.
    fileprivate init(testing secret: [UInt8]) throws(SessionStoreOpenError) {
        do throws(CryptographyError) {
            try self.init(secret: secret)
        } catch {
            throw .database(code: -1)
        }
    }
}
