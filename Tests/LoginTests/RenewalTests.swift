import ScriptedServer
import Sessions
import Testing

@testable import Login

@Suite("Renewing tokens", .timeLimit(.minutes(5)))
struct RenewalTests {
    private func house(_ store: MemoryStore = MemoryStore(), clock: TestClock = TestClock()) throws -> LoginHouse {
        try LoginHouse(store: store, clock: clock, { parts, _ in parts.renewBefore = 1200 }) { _ in .answer(success) }
    }

    @Test("1,000 requests at once: one call of the store, one token, at every gateway of the store")
    func storm() async throws {
        let store = MemoryStore()
        let clock = TestClock()
        let (first, second) = (try house(store, clock: clock), try house(store, clock: clock))
        let holder = try await first.holder()
        clock.advance(6500)
        store.hold(.renew)
        let tokens = Collected<RenewedToken?>()
        for _ in 0..<1000 { first.endpoints.renew(holder) { tokens.put($0) } }
        #expect(store.waiting(.renew) == 1)
        store.release(.renew)
        for _ in 0..<1000 { first.endpoints.renew(holder) { tokens.put($0) } }
        let all = await tokens.wait(for: 2000)
        let token = try #require(all[0])
        #expect(all.allSatisfy { $0 == token } && token.expiresAt == now + 6500 + 7200)
        #expect(store.count(.renew) == 1 && first.minter.subjects.count == 2)
        #expect(await second.renew(holder) == token)
        #expect(store.count(.renew) == 2)
        let counts = first.endpoints.loginCounts()
        #expect(counts.renewals == 1 && counts.rememberedRenewals == 1999 && counts.refusedRenewals == 0)
        #expect(first.server.requests.count == 1)
    }

    @Test("the successor is for the holder's session, with what is known of the user now")
    func subject() async throws {
        let house = try house()
        let holder = try await house.holder()
        // The token that asks knows less.
        _ = await house.call(.updateUser, holder, #"{"nickname":"n"}"#)
        #expect(await house.renew(holder) != nil)
        let subject = try #require(house.minter.subjects.last)
        #expect(subject.sessionID == holder.sessionID && subject.userID == holder.userID && subject.openid == "oGZ")
        #expect(subject.facts == .profile && subject.unionid == "oc")
    }

    @Test("in the next window there is the next successor")
    func nextWindow() async throws {
        let clock = TestClock()
        let house = try house(clock: clock)
        let holder = try await house.holder()
        let first = try #require(await house.renew(holder))
        clock.advance(5999)
        #expect(await house.renew(holder) == first)
        clock.advance(1)
        let second = try #require(await house.renew(holder))
        #expect(second.token != first.token && second.expiresAt == now + 6000 + 7200)
        #expect(await house.renew(holder) == second)
        #expect(house.minter.subjects.count == 3)
    }

    @Test("a session that is gone has none, and the store is asked every few seconds only")
    func gone() async throws {
        let (store, clock) = (MemoryStore(), TestClock())
        let house = try house(store, clock: clock)
        let holder = try await house.holder()
        _ = await house.call(.logout, holder)
        for _ in 0..<10 { #expect(await house.renew(holder) == nil) }
        #expect(store.count(.user) == 1)
        clock.advance(5)
        #expect(await house.renew(holder) == nil)
        #expect(store.count(.user) == 2 && store.count(.renew) == 0)
        #expect(house.endpoints.loginCounts().refusedRenewals == 11)
    }

    @Test("with the store away there is none for a moment; then there is one")
    func storeAway() async throws {
        let (store, clock) = (MemoryStore(), TestClock())
        let house = try house(store, clock: clock)
        let holder = try await house.holder()
        store.fail(.renew, with: .unreachable)
        #expect(await house.renew(holder) == nil)
        store.fail(.renew, with: nil)
        clock.advance(5)
        #expect(await house.renew(holder) != nil)
    }

    @Test("a user who is blocked gets none")
    func blocked() async throws {
        let (store, clock) = (MemoryStore(), TestClock())
        let house = try house(store, clock: clock)
        let holder = try await house.holder()
        _ = await house.admin(.block(userID: holder.userID))
        #expect(await house.renew(holder) == nil)
        _ = await house.admin(.unblock(userID: holder.userID))
        clock.advance(5)
        #expect(await house.renew(holder) != nil)
    }

    @Test("a user's id that changed since is the successor's")
    func renamed() async throws {
        let store = MemoryStore()
        let house = try house(store)
        let holder = try await house.holder()
        let imported = ImportedUser(user: holder.user, userID: "newer-1", unionid: "U2")
        await withCheckedContinuation { continuation in
            store.importUsers([imported]) { _ in continuation.resume() }
        }
        #expect(await house.renew(holder) != nil)
        let subject = try #require(house.minter.subjects.last)
        #expect(subject.userID == "newer-1" && subject.unionid == "U2" && subject.sessionID == holder.sessionID)
    }

    @Test("off where it is not configured")
    func off() async throws {
        let store = MemoryStore()
        let house = try LoginHouse(store: store) { _ in .answer(success) }
        let holder = try await house.holder()
        #expect(await house.renew(holder) == nil)
        #expect(store.count(.renew) == 0)
    }
}

@Suite("Successors are remembered")
struct RenewalMemoryTests {
    @Test("random orders agree with a list that is searched from its end", arguments: 0..<20)
    func model(seed: Int) {
        var random = Numbers(seed: seed)
        var memory = RenewalMemory(capacity: 1000)
        var model: [(session: String, token: RenewedToken?, time: Int64)] = []
        var now: Int64 = 1000
        for step in 0..<2000 {
            now += Int64(random.next(below: 4))
            let session = "s\(random.next(below: 30))"
            let mustOutlive = now + 20
            let last = model.last { $0.session == session }
            let expected: RenewalMemory.Lookup =
                switch last {
                case let entry? where entry.token == nil && now < entry.time + RenewalMemory.refusal: .refused
                case (_, let token?, _)? where token.expiresAt > mustOutlive: .successor(token)
                default: .nothing
                }
            #expect(
                memory.lookup(session, now: now, mustOutlive: mustOutlive) == expected,
                "seed \(seed), step \(step)"
            )
            guard expected == .nothing else { continue }
            let token: RenewedToken? =
                random.next(below: 3) == 0 ? nil : RenewedToken(token: "t\(step)", expiresAt: now + 60)
            memory.remember(session, token, now: now)
            model.append((session, token, now))
        }
        #expect(memory.count <= 30)
    }

    @Test("the oldest give way when there is no more room")
    func bounded() {
        var memory = RenewalMemory(capacity: 100)
        for number in 0..<1000 {
            memory.remember("s\(number)", RenewedToken(token: "t", expiresAt: 5000), now: 1000)
            #expect(memory.count <= 100)
        }
        #expect(memory.lookup("s899", now: 1000, mustOutlive: 2000) == .nothing)
        #expect(memory.lookup("s900", now: 1000, mustOutlive: 2000) != .nothing)
    }

    @Test("a clock that goes back does not make a refusal last")
    func clockBack() {
        var memory = RenewalMemory()
        memory.remember("s", nil, now: 1000)
        #expect(memory.lookup("s", now: 1000, mustOutlive: 2000) == .refused)
        #expect(memory.lookup("s", now: 500, mustOutlive: 2000) == .nothing)
    }
}
