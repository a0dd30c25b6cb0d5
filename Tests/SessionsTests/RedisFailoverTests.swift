import NIOConcurrencyHelpers
import Sessions
import Testing

@Suite("Redis: a server that becomes another", .timeLimit(.minutes(5)))
struct RedisFailoverTests {
    @Test("one that became a replica is left, and looked for again until there is one that takes writes")
    func replica() async throws {
        let server = try await RedisServer()
        let events = NIOLockedValueBox<[RedisStoreEvent]>([])
        let store = try server.open(log: { event in events.withLockedValue { $0.append(event) } })
        // Requests are answered before the changes are followed; a server that goes in between was never there.
        #expect(await eventually { events.withLockedValue { $0.contains(.connected) } })
        _ = try await store.end(.session("s", byUser: true)).get()
        #expect(try server.ask("REPLICAOF", "127.0.0.1", "1") == "+OK")
        #expect(await store.end(.session("t", byUser: true)).error == .unreachable)
        // By the refused write, or by the blocked read that the server ends: whichever comes first is told.
        let isTold = await eventually {
            events.withLockedValue { $0 }.contains { event in
                if case .lost(.refused(let kind)) = event { kind == "READONLY" || kind == "UNBLOCKED" } else { false }
            }
        }
        #expect(isTold, "\(events.withLockedValue { $0 })")
        #expect(try server.ask("REPLICAOF", "NO", "ONE") == "+OK")
        #expect(await eventually { await store.end(.session("t", byUser: true)).error == nil && !store.isDegraded })
    }

    @Test("data flushed under changes that never pause are given back too")
    func flushedUnderLoad() async throws {
        let server = try await RedisServer()
        let (store, other) = (try server.open(), try server.open())
        let followed = Followed(store)
        await followed.begun()
        // More than one part of what is restored: the load comes in between.
        let users = (0..<450).map { "b\($0)" }
        await withTaskGroup(of: Void.self) { group in
            for user in users { group.addTask { #expect(await store.setBlocked(true, user).error == nil) } }
        }
        _ = try await other.setBlocked(true, "other").get()
        _ = try await other.setBlocked(true, "freed").get()
        _ = try await store.setBlocked(false, "freed").get()
        _ = try await store.end(.session("s", byUser: true)).get()
        let end = SessionChange(.sessionEnded(sessionID: "s", byUser: true), until: now + 7200)
        let blocks = (users + ["other"]).map { SessionChange(.userBlocked(userID: $0), until: nil) }
        await followed.wait(for: blocks)
        let load = Task {
            var number = 0
            while !Task.isCancelled {
                _ = await other.end(.session("load\(number)", byUser: true))
                number += 1
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        defer { load.cancel() }
        #expect(try server.ask("FLUSHALL") == "+OK")
        #expect(try await eventually { try server.ask("HLEN", "menshen:blocked") == ":451" })
        #expect(try server.ask("HEXISTS", "menshen:blocked", "freed") == ":0")
        // Restored after the blocks, which are older.
        #expect(try await eventually { try server.ask("EXISTS", "menshen:latest:e:s") == ":1" })
        let late = Followed(try server.open())
        await late.wait(for: blocks + [end])
        #expect(!late.changes.contains(SessionChange(.userBlocked(userID: "freed"), until: nil)))
    }
}
