import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import Sessions

@Suite("Redis: no change is lost", .serialized, .timeLimit(.minutes(5)))
struct RedisChangesTests {
    private func ended(_ session: String) -> SessionChange {
        SessionChange(.sessionEnded(sessionID: session, byUser: true), until: now + 7200)
    }

    private func blocked(_ userID: String) -> SessionChange {
        SessionChange(.userBlocked(userID: userID), until: nil)
    }

    private func isUp(_ store: RedisSessionStore) async -> Bool {
        await eventually { !store.isDegraded }
    }

    @Test("another gateway hears of a change within a second")
    func second() async throws {
        let server = try await RedisServer()
        let (first, other) = (try server.open(), try server.open())
        let followed = Followed(other)
        await followed.begun()
        var times: [Duration] = []
        for number in 0..<20 {
            let begin = ContinuousClock.now
            _ = try await first.end(.session("s\(number)", byUser: true)).get()
            await followed.wait(for: [ended("s\(number)")])
            times.append(ContinuousClock.now - begin)
        }
        times.sort()
        print("a change at another gateway: median \(times[10]), longest \(times[19])")
        // Not the longest: other tests' servers write to the same disk meanwhile.
        #expect(times[10] < .seconds(1), "\(times)")
        _ = try await first.end(.session("s1", byUser: true)).get()
        _ = try await first.end(.session("last", byUser: true)).get()
        await followed.wait(for: [ended("last")])
        #expect(Set(followed.changes.map { "\($0.kind)" }).count == 21)
    }

    @Test("the server is killed and comes back in the middle: what was answered is heard by all")
    func killed() async throws {
        let server = try await RedisServer()
        let (first, other) = (try server.open(), try server.open())
        let followed = Followed(other)
        await followed.begun()
        var answered: [SessionChange] = []
        for round in 0..<3 {
            #expect(await isUp(first))
            _ = try await first.record(.of("o", session: "live\(round)")).get()
            for number in 0..<20 {
                let session = "s\(round)-\(number)"
                // Killed while requests run, at another place each time.
                if number == 15 {
                    Thread.detachNewThread { server.kill() }
                }
                if await first.end(.session(session, byUser: true)).error == nil { answered.append(ended(session)) }
            }
            #expect(await eventually { first.isDegraded && other.isDegraded })
            #expect(await first.end(.session("away", byUser: true)).error == .unreachable)
            try await server.start()
        }
        #expect(answered.count >= 45)
        await followed.wait(for: answered)
        #expect(await isUp(first))
        #expect(try await first.user("live0", "o").get() != nil, "what was answered is there")
    }

    @Test("the server comes back empty: gateways give it what they know, sessions that ended stay so")
    func empty() async throws {
        let server = try await RedisServer()
        let events = NIOLockedValueBox<[RedisStoreEvent]>([])
        let first = try server.open(log: { event in events.withLockedValue { $0.append(event) } })
        let followed = Followed(first)
        await followed.begun()
        _ = try await first.record(.of("o", session: "s")).get()
        let update = UserUpdate(profile: UserProfile(nickname: "n"), tokensEnd: now + 7200)
        _ = try await first.update(update, of: .of("s", "o")).get()
        for number in 0..<500 {
            first.end(SessionEnding(.session("s\(number)", byUser: true), time: now, tokensEnd: now + 7200)) { _ in }
        }
        _ = try await first.end(.session("past", byUser: true), tokensEnd: now - 1).get()
        for userID in ["b", "c"] { _ = try await first.setBlocked(true, userID).get() }
        _ = try await first.setBlocked(false, "c").get()
        server.kill()
        #expect(await eventually { first.isDegraded })
        try await server.start(empty: true)
        #expect(await isUp(first))
        #expect(events.withLockedValue { $0 }.contains(.restored(changes: 502)))

        let other = try server.open()
        let late = Followed(other)
        await late.begun()
        let known = SessionChange(.userKnown(UserKey(appID: "wx1", openid: "o"), .profile), until: now + 7200)
        #expect((0..<500).allSatisfy { late.changes.contains(ended("s\($0)")) })
        #expect(late.changes.contains(known) && late.changes.contains(blocked("b")))
        #expect(late.changes.count == 502)
        #expect(try await other.record(.of("x", session: "t", userID: "b")).get().isBlocked)
        #expect(try await other.record(.of("x", session: "t", userID: "c")).get().isBlocked == false)
    }

    @Test("an older copy of the data: sessions ended since are ended in it too, let in again stays let in")
    func olderCopy() async throws {
        let server = try await RedisServer(["--appendonly", "no"])
        let (first, other) = (try server.open(), try server.open())
        let followed = Followed(other)
        await followed.begun()
        _ = try await first.record(.of("o", session: "s")).get()
        _ = try await first.record(.of("o", session: "t")).get()
        _ = try await first.setBlocked(true, "freed").get()
        _ = try server.ask("SAVE")
        _ = try await first.end(.session("s", byUser: true)).get()
        _ = try await first.setBlocked(true, "b").get()
        _ = try await first.setBlocked(false, "freed").get()
        await followed.wait(for: [ended("s"), blocked("b")])
        server.kill()
        #expect(await eventually { first.isDegraded && other.isDegraded })
        try await server.start()
        #expect(await isUp(first))
        #expect(await isUp(other))
        #expect(try await first.user("s", "o").get() == nil)
        #expect(try await first.user("t", "o").get() != nil)
        #expect(try await first.record(.of("x", session: "v", userID: "b")).get().isBlocked)
        let late = Followed(try server.open())
        await late.begun()
        #expect(late.changes.contains(ended("s")) && late.changes.contains(blocked("b")))
    }

    @Test("data flushed under a connection that lasts are given back too")
    func flushed() async throws {
        let server = try await RedisServer()
        let first = try server.open()
        _ = try await first.setBlocked(true, "b").get()
        _ = try await first.end(.session("s", byUser: true)).get()
        #expect(await isUp(first))
        #expect(try server.ask("FLUSHALL") == "+OK")
        #expect(try await eventually { try server.ask("HEXISTS", "menshen:blocked", "b") == ":1" })
        #expect(try server.ask("XLEN", "menshen:changes") == ":2")
        #expect(try await first.record(.of("o", session: "t")).get().userID == "u_o")
    }

    @Test("what concerns no token any more leaves the stream")
    func trimmed() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        for number in 0..<300 {
            _ = await store.end(.session("\(number)", byUser: true), tokensEnd: now - 1)
        }
        #expect(try server.ask("XLEN", "menshen:changes") == ":0")
        _ = await store.end(.session("long", byUser: true), tokensEnd: now + 7200)
        for number in 0..<5 { _ = await store.end(.session("\(number)", byUser: true), tokensEnd: now - 1) }
        #expect(try server.ask("XLEN", "menshen:changes") == ":6", "not before what came first")
        let followed = Followed(try server.open())
        await followed.begun()
        #expect(followed.changes == [SessionChange(.sessionEnded(sessionID: "long", byUser: true), until: now + 7200)])
    }

    @Test("entries that nobody here wrote are passed over")
    func foreign() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        let followed = Followed(store)
        await followed.begun()
        for words in [("x", "y"), ("k", "e"), ("k", "f")] {
            _ = try server.ask("XADD", "menshen:changes", "*", words.0, words.1)
        }
        _ = try server.ask("XADD", "menshen:changes", "*", "k", "f", "s", "9:a", "v", "1", "t", "\(now + 9)")
        _ = try server.ask("XADD", "menshen:changes", "*", "k", "f", "s", "1:ab", "v", "999", "t", "\(now + 9)")
        _ = try await store.end(.session("s", byUser: true)).get()
        await followed.wait(for: [ended("s")])
        #expect(followed.changes == [ended("s")])
    }
}
