import Dispatch
import Foundation
import NIOConcurrencyHelpers
import Testing

@testable import Sessions

@Suite("Redis: away, full, hostile", .timeLimit(.minutes(5)))
struct RedisStoreTests {
    private final class Events: Sendable {
        private let events = NIOLockedValueBox<[RedisStoreEvent]>([])
        var all: [RedisStoreEvent] { events.withLockedValue { $0 } }
        func note(_ event: RedisStoreEvent) { events.withLockedValue { $0.append(event) } }
    }

    @Test("away at the start: unreachable, not seen; there: seen, and it was told once each")
    func start() async throws {
        let server = try await RedisServer()
        server.kill()
        let events = Events()
        let store = try server.open(log: events.note)
        let followed = Followed(store)
        #expect(await store.record(.of("o", session: "s")).error == .unreachable)
        #expect(store.isDegraded && !store.wasSeen)
        #expect(await store.user("s", "o") == .failure(.unreachable))
        try await server.start()
        #expect(await eventually { store.wasSeen })
        await followed.begun()
        #expect(!store.isDegraded)
        #expect(await store.record(.of("o", session: "s")).error == nil)
        #expect(events.all == [.absent(.connection), .connected])
        server.kill()
        #expect(await eventually { store.isDegraded })
        #expect(store.wasSeen)
    }

    @Test("a store that is stopped in order has lost nothing")
    func stop() async throws {
        let server = try await RedisServer()
        let events = Events()
        let store = try server.open(log: events.note)
        #expect(await eventually { store.wasSeen })
        #expect(await store.record(.of("o", session: "s")).error == nil)
        store.stop()
        #expect(events.all == [.connected])
    }

    @Test("a server that hangs: answers fail in time, and it is found again")
    func hangs() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        #expect(await store.record(.of("o", session: "s")).error == nil)
        server.setPaused(true)
        let begin = ContinuousClock.now
        #expect(await store.record(.of("o", session: "t")).error == .unreachable)
        let taken = ContinuousClock.now - begin
        #expect(taken > .seconds(1) && taken < .seconds(20))
        #expect(await eventually { store.isDegraded })
        server.setPaused(false)
        #expect(await eventually { !store.isDegraded })
        #expect(await store.record(.of("o", session: "v")).error == nil)
    }

    @Test("more than may wait is refused, the rest is answered, nothing is taken after the stop")
    func overload() async throws {
        let server = try await RedisServer()
        let store = try server.open(capacity: 64)
        #expect(await store.record(.of("o", session: "s")).error == nil)
        let (done, refused, failed) = (Counter(), Counter(), Counter())
        server.setPaused(true)
        // Held, so that none has failed before the last one is there.
        let gate = DispatchSemaphore(value: 0)
        #expect(store.onLoop { _ in gate.wait() })
        for _ in 0..<74 {
            store.user(.of("s", "o")) { result in
                switch result {
                case .success: done.increment()
                case .failure(.overloaded): refused.increment()
                case .failure: failed.increment()
                }
            }
        }
        gate.signal()
        #expect(await eventually { refused.count == 10 })
        server.setPaused(false)
        store.stop()
        // Each is answered once; on a loaded machine some by the time-out that runs while the server is paused.
        #expect(done.count + failed.count == 64 && refused.count == 10)
        #expect(await store.user("s", "o") == .failure(.stopped))
        store.stop()
    }

    @Test("scripts that the server forgot are sent again")
    func scripts() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        for number in 0..<3 {
            #expect(await store.record(.of("o", session: "s\(number)")).error == nil)
            #expect(try server.ask("SCRIPT", "FLUSH") == "+OK")
        }
        #expect(try await store.user("s2", "o").get() != nil)
    }

    @Test("a server that is full refuses, and the store says that it is degraded until it is not")
    func full() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        #expect(await store.record(.of("o", session: "s")).error == nil)
        #expect(await eventually { !store.isDegraded })
        #expect(try server.ask("CONFIG", "SET", "maxmemory", "1") == "+OK")
        #expect(await store.record(.of("o", session: "t")).error == .unreachable)
        #expect(store.isDegraded)
        #expect(try await store.user("s", "o").get() != nil)
        #expect(store.isDegraded, "a read that goes through tells nothing of writes")
        #expect(try server.ask("CONFIG", "SET", "maxmemory", "0") == "+OK")
        #expect(await eventually { !store.isDegraded }, "without a request")
        #expect(await store.record(.of("o", session: "t")).error == nil)
    }

    @Test("a server that may drop data is told of")
    func evicts() async throws {
        let server = try await RedisServer(["--maxmemory-policy", "allkeys-lru"])
        let events = Events()
        let store = try server.open(log: events.note)
        #expect(await eventually { events.all.contains(.evicts(policy: "allkeys-lru")) })
        #expect(await store.record(.of("o", session: "s")).error == nil)
    }

    @Test("password, user and database; a wrong password is told of, without it")
    func authentication() async throws {
        let server = try await RedisServer([
            "--requirepass", "pass word", "--user", "gate", "on", ">p2", "~menshen:*", "+@read", "+@write",
            "+@scripting", "+@connection", "-@dangerous", "+info", "+time",
        ])
        func store(_ username: String?, _ password: String?, _ events: Events) throws -> RedisSessionStore {
            RedisSessionStore(
                address: RedisAddress(
                    endpoint: .unix(path: server.socket),
                    username: username,
                    password: password.map { Array($0.utf8) },
                    database: 3
                ),
                keyring: try SessionKeyring([storeKey]),
                log: events.note
            )
        }
        let first = try store(nil, "pass word", Events())
        #expect(await first.record(.of("o", session: "s")).error == nil)
        let second = try store("gate", "p2", Events())
        #expect(try await second.user("s", "o").get() != nil)
        #expect(try await second.end(.erase(userID: "u_o")).get().value == 1)
        #expect(await second.setBlocked(true, "u").error == nil)
        #expect(await eventually { !second.isDegraded })
        let events = Events()
        let wrong = try store("gate", "wrong-secret", events)
        #expect(await wrong.user("s", "o") == .failure(.unreachable))
        #expect(events.all.first == .absent(.refused(kind: "WRONGPASS")))
        let none = Events()
        #expect(try await store(nil, nil, none).user("s", "o").error == .unreachable)
        #expect(none.all.first == .absent(.refused(kind: "NOAUTH")))
        let address = RedisAddress(endpoint: .unix(path: "x"), password: Array("secret".utf8))
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!"\(address) \(String(reflecting: address)) \(dumped)".contains("secret"))
    }

    @Test("nothing that is secret is stored as it is")
    func sealed() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = await store.record(.of("o", session: "s", key: "hidden-key"))
        _ = await store.update(UserUpdate(phone: .set("hidden-phone"), tokensEnd: now), of: .of("s", "o"))
        let renewal = TokenRenewal(query: .of("s", "o"), token: "hidden-token", tokenExpiry: now + 9, mustOutlive: now)
        _ = await store.renew(renewal)
        let shared = try #require(store.shared)
        _ = await shared.put("k", Array("hidden-value".utf8), seconds: 60)
        for command in [
            ["HGETALL", "menshen:user:3:wx1o"], ["HGETALL", "menshen:session:s"], ["GET", "menshen:shared:k"],
        ] {
            let stored = try #require(try server.ask(command[0], command[1]))
            #expect(stored.count > 40 && !stored.contains("hidden"))
        }
    }

    @Test("what ended is gone from the server too")
    func expiry() async throws {
        let server = try await RedisServer()
        let store = try server.open()
        _ = await store.record(.of("o", session: "s", expiry: now + 1000))
        _ = await store.record(.of("o", session: "t", expiry: now + 100))
        for (key, left) in [("session:s", 1000), ("session:t", 100), ("sessions:3:wx1o", 1000)] {
            let answer = try #require(try server.ask("TTL", "menshen:" + key))
            let seconds = try #require(Int(answer.dropFirst()))
            #expect(seconds <= left && seconds > left - 60)
        }
        _ = await store.record(.of("o", session: "v", time: now + 500, expiry: now + 900))
        #expect(try server.ask("ZCARD", "menshen:sessions:3:wx1o") == ":2", "t has expired by then")
        _ = await store.end(.erase(userID: "u_o"))
        let left = try #require(try server.ask("KEYS", "*"))
        #expect(!left.contains("wx1o") && !left.contains("u_o"))
    }
}
