import Foundation
import GRDB
import NIOConcurrencyHelpers
import Testing

@testable import Sessions

@Suite("A store's file that is moved or deleted while a gateway runs", .timeLimit(.minutes(5)))
struct MovedFileTests {
    private static let moved = "the file was moved or deleted; put it back, or restart the gateway"
    private static let refused = SessionStoreError.database(code: ResultCode.SQLITE_READONLY_DBMOVED.rawValue)

    private let folder: TemporaryFolder
    private let store: SQLiteSessionStore
    private let events = NIOLockedValueBox<[SQLiteStoreEvent]>([])

    init() async throws {
        folder = try TemporaryFolder()
        let events = events
        store = try folder.open(log: { event in events.withLockedValue { $0.append(event) } })
        _ = try await store.record(.of("o", session: "s")).get()
    }

    private func move(_ suffix: String, to name: String) throws {
        try FileManager.default.moveItem(atPath: folder.file + suffix, toPath: folder.path + "/" + name)
    }

    private func expectRefused() async throws {
        #expect(await eventually { store.isDegraded }, "without a request")
        #expect(await store.record(.of("o", session: "t")).error == Self.refused)
        #expect(await store.end(.session("s", byUser: true)).error == Self.refused)
        #expect(await store.setBlocked(true, "u").error == Self.refused)
        #expect(try await store.user("s", "o").get() != nil, "what is known is known")
        #expect(store.isDegraded)
        #expect(events.withLockedValue { $0 } == [.failing(reason: Self.moved)])
    }

    @Test(
        "nothing is written that would be lost, one line says so",
        arguments: [["", "-wal", "-shm"], [""], ["-wal"]]
    )
    func deleted(_ suffixes: [String]) async throws {
        for suffix in suffixes { try FileManager.default.removeItem(atPath: folder.file + suffix) }
        try await expectRefused()
    }

    @Test("it goes on when the file is back, with all that was there")
    func back() async throws {
        try move("", to: "elsewhere")
        try await expectRefused()
        try FileManager.default.moveItem(atPath: folder.path + "/elsewhere", toPath: folder.file)
        #expect(await eventually { !store.isDegraded }, "without a request")
        #expect(await eventually { events.withLockedValue { $0.last } == .working })
        _ = try await store.record(.of("o", session: "t")).get()
        store.stop()
        let again = try folder.open()
        for session in ["s", "t"] { #expect(try await again.user(session, "o").get() != nil) }
    }

    @Test("another file in its place is not taken: it knows of no block")
    func replaced() async throws {
        for (number, suffix) in ["", "-wal", "-shm"].enumerated() { try move(suffix, to: "old\(number)") }
        let other = try folder.open()
        _ = try await other.record(.of("x", session: "x")).get()
        try await expectRefused()
        #expect(try await other.user("x", "x").get() != nil)
    }
}
