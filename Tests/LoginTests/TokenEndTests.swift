import JSON
import Login
import ScriptedServer
import Sessions
import Testing

@Suite("No token outlives its session", .timeLimit(.minutes(5)))
struct TokenEndTests {
    private func house(clock: TestClock, onDisk: Bool) throws -> LoginHouse {
        try LoginHouse(onDisk: onDisk, clock: clock, { parts, _ in parts.renewBefore = 1200 }) { _ in .answer(success) }
    }

    @Test("an update near the session's end gives a token that ends with it", arguments: [true, false])
    func update(onDisk: Bool) async throws {
        let clock = TestClock()
        let house = try house(clock: clock, onDisk: onDisk)
        let holder = try await house.holder()
        clock.advance(30 * day - 100)
        let answer = await house.call(.updateUser, holder, #"{"nickname":"n"}"#)
        #expect(answer.data?["expiresAt"]?.integer == now + 30 * day)
        #expect(answer.data?["expiresIn"]?.integer == 100)
    }

    @Test("a successor ends with the session, and the last window has none", arguments: [true, false])
    func renewal(onDisk: Bool) async throws {
        let clock = TestClock()
        let house = try house(clock: clock, onDisk: onDisk)
        let holder = try await house.holder()
        clock.advance(30 * day - 3600)
        let last = try #require(await house.renew(holder))
        #expect(last.expiresAt == now + 30 * day)
        clock.advance(2399)
        #expect(await house.renew(holder) == last)
        clock.advance(1)
        let minted = house.minter.subjects.count
        #expect(await house.renew(holder) == nil)
        #expect(house.minter.subjects.count == minted)
    }

    @Test("a login's token ends with a session that is shorter than a token")
    func login() async throws {
        let house = try LoginHouse({ parts, _ in parts.sessionLifetime = 600 }) { _ in .answer(success) }
        #expect(await house.login().data?["expiresAt"]?.integer == now + 600)
    }
}
