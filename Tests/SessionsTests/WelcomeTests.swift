import GRDB
import Sessions
import Testing

@Suite("SQLite: what is known cannot be read at first", .timeLimit(.minutes(5)))
struct WelcomeTests {
    @Test("it is read again by itself, and told before anything else")
    func again() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        _ = try await store.setBlocked(true, "u").get()
        try rename("blocked_users", "away", folder)
        let followed = Followed(store)
        // Reads of a batch come before the observer, so the second one's answer says that the first try has failed.
        for _ in 0..<2 { #expect(await store.user("s", "o").error != nil) }
        #expect(followed.changes.isEmpty)
        try rename("away", "blocked_users", folder)
        await followed.begun()
        #expect(followed.changes == [SessionChange(.userBlocked(userID: "u"), until: nil)])
    }

    private func rename(_ table: String, _ name: String, _ folder: TemporaryFolder) throws {
        var configuration = Configuration()
        // The store looks at a file that failed, and may be at it.
        configuration.busyMode = .timeout(30)
        let queue = try DatabaseQueue(path: folder.file, configuration: configuration)
        defer { try? queue.close() }
        try queue.writeWithoutTransaction { try $0.execute(sql: "ALTER TABLE \(table) RENAME TO \(name)") }
    }
}
