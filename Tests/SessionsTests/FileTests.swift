import Cryptography
import Foundation
import GRDB
import Testing

@testable import Sessions

@Suite("The store's file", .timeLimit(.minutes(5)))
struct FileTests {
    private func mode(_ path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    private func openError(_ path: String) -> SessionStoreOpenError? {
        do throws(SessionStoreOpenError) {
            _ = try SQLiteSessionStore(path: path, keyring: SessionKeyring(testing: storeKey))
            return nil
        } catch {
            return error
        }
    }

    @Test("it and its folders are made, for nobody else to read")
    func made() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a/b/store.sqlite"
        let store = try SQLiteSessionStore(path: path, keyring: SessionKeyring([storeKey]))
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

    @Test("a damaged page is found when the file is opened, and not by a login")
    func damagedPage() async throws {
        let folder = try TemporaryFolder()
        try folder.open().stop()
        let queue = try DatabaseQueue(path: folder.file)
        let (page, size) = try await queue.read { db in
            let tables = "type = 'table' AND name NOT LIKE 'grdb%' AND name NOT LIKE 'sqlite%'"
            let page = try Int.fetchOne(db, sql: "SELECT max(rootpage) FROM sqlite_master WHERE \(tables)")
            return (try #require(page), try #require(try Int.fetchOne(db, sql: "PRAGMA page_size")))
        }
        try queue.close()
        let file = try FileHandle(forUpdating: URL(filePath: folder.file))
        try file.seek(toOffset: UInt64((page - 1) * size))
        try file.write(contentsOf: Data(repeating: 0x7F, count: size))
        try file.close()
        #expect(openError(folder.file) == .corrupt)
    }

    @Test("a file that can only be read is no store")
    func readOnlyFile() throws {
        let folder = try TemporaryFolder()
        try folder.open().stop()
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: folder.file, configuration: configuration)
        let error = #expect(throws: DatabaseError.self) { try SessionDatabase.verify(queue) }
        #expect(error?.resultCode == .SQLITE_READONLY)
        try queue.close()
    }

    @Test(
        "a file without the right to write, in a folder with it",
        .disabled(if: geteuid() == 0, "root writes anywhere")
    )
    func readOnlyMode() throws {
        let folder = try TemporaryFolder()
        try folder.open().stop()
        chmod(folder.file, 0o400)
        #expect(openError(folder.file) == .readOnly)
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

    @Test("neither file holds what is secret")
    func sealed() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        _ = await store.record(.of("o", session: "s1", key: "first-secret"))
        _ = await store.record(.of("o", session: "s2", key: "second-secret"))
        let update = UserUpdate(phone: .set("+86-secret"), tokensEnd: now)
        _ = await store.update(update, of: .of("s1", "o"))
        let renewal = TokenRenewal(query: .of("s1", "o"), token: "token-secret", tokenExpiry: now + 9, mustOutlive: now)
        _ = await store.renew(renewal)
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(filePath: folder.file + suffix))
            #expect(bytes.range(of: Data("secret".utf8)) == nil)
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

extension SessionKeyring {
    /// For keys known to be good, where only the store's own errors are of interest.
    fileprivate init(testing secret: [UInt8]) throws(SessionStoreOpenError) {
        do throws(CryptographyError) {
            try self.init([secret])
        } catch {
            throw .database(code: -1)
        }
    }
}
