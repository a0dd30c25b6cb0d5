import Sessions
import Testing

/// With the clock 20 days ahead the store dropped the ends of sessions, and with the clock right again their tokens were valid.
@Suite("A clock that is set forward and back revives no ended session", .timeLimit(.minutes(5)))
struct ClockSetForwardTests {
    private static let days: Int64 = 20 * 24 * 3600

    @Test("for the gateway that starts on the file afterwards")
    func file() async throws {
        let folder = try TemporaryFolder()
        let clock = SteadyClock()
        let store = try folder.open(steadyClock: clock.read)
        _ = await store.record(.of("o", session: "s"))
        let ended = try await store.end(.session("s", byUser: true), tokensEnd: now + 24 * 3600).get()
        for minute in Int64(2)..<5 {
            clock.pass(seconds: 60)
            _ = await store.record(.of("p", session: "\(minute)", time: now + Self.days + minute * 60))
        }
        clock.pass(seconds: 60)
        _ = await store.record(.of("p", session: "back", time: now + 300))
        store.stop()

        let next = try folder.open()
        let followed = Followed(next)
        await followed.begun()
        #expect(followed.changes == ended.changes)
        #expect(try await next.user("back", "p").get() != nil)
        next.stop()
    }

    @Test("and what is over by either clock goes")
    func purged() async throws {
        let folder = try TemporaryFolder()
        let clock = SteadyClock()
        let store = try folder.open(steadyClock: clock.read)
        _ = try await store.end(.session("s", byUser: true), tokensEnd: now + 600).get()
        _ = await store.record(.of("p", session: "ahead", time: now + Self.days))
        clock.pass(seconds: 700)
        _ = await store.record(.of("p", session: "back", time: now + 700))
        store.stop()

        let next = try folder.open()
        let followed = Followed(next)
        await followed.begun()
        #expect(followed.changes.isEmpty)
        next.stop()
    }
}
