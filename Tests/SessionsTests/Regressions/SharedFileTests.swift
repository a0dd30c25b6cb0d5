import Foundation
import Testing

@testable import Sessions

@Suite("One gateway on a file", .timeLimit(.minutes(5)))
struct SharedFileTests {
    private func open(_ path: String, isAlone: Bool) throws -> SQLiteSessionStore {
        try SQLiteSessionStore(path: path, keyring: SessionKeyring([storeKey]), isAlone: isAlone, clock: { now })
    }

    @Test("a second one is refused, also by another path to the file; an import is not")
    func second() async throws {
        let folder = try TemporaryFolder()
        let first = try open(folder.file, isAlone: true)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.file)
        for path in [folder.file, folder.path + "/var/../var/menshen.sqlite", folder.path + "/link"] {
            #expect(throws: SessionStoreOpenError.inUse) { _ = try open(path, isAlone: true) }
        }
        let users = [ImportedUser(user: UserKey(appID: "wx1", openid: "o"), userID: "1", unionid: nil)]
        let other = try open(folder.file, isAlone: false)
        _ = try await other.importUsers(users).get()
        other.stop()
        #expect(throws: SessionStoreOpenError.inUse) { _ = try open(folder.file, isAlone: true) }
        #expect(try await first.record(.of("o", session: "s")).get().userID == "1")
    }

    @Test("the next one may come when the first has stopped, and another file is another store")
    func next() async throws {
        let folder = try TemporaryFolder()
        let first = try open(folder.file, isAlone: true)
        let other = try open(folder.path + "/other.sqlite", isAlone: true)
        _ = try await first.record(.of("o", session: "s")).get()
        first.stop()
        let second = try open(folder.file, isAlone: true)
        #expect(try await second.user("s", "o").get() != nil)
        #expect(throws: SessionStoreOpenError.inUse) { _ = try open(folder.file, isAlone: true) }
        _ = try await other.record(.of("o", session: "s")).get()
    }

    @Test("a file that cannot be opened leaves no lock behind")
    func unlocked() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/store.sqlite"
        try String(repeating: "no database ", count: 500).write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: SessionStoreOpenError.corrupt) { _ = try open(path, isAlone: true) }
        try FileManager.default.removeItem(atPath: path)
        _ = try open(path, isAlone: true)
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "-lock")
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
}
