import Sessions
import Testing

@testable import Gateway

/// With the clock 20 days ahead the workers dropped the ends of sessions, and with the clock right again their tokens were valid.
@Suite("Workers remember ends while the wall clock is ahead")
struct ClockSetForwardTests {
    private static let now = TokenFixture.now
    private static let ending = SessionChange(.sessionEnded(sessionID: "session-1", byUser: true), until: now + 3600)

    @Test("those that they had, and those that come meanwhile", arguments: [true, false])
    func ends(_ isEarlier: Bool) throws {
        let verdict = try TokenFixture.verdict(TokenFixture.token())
        let identity = try #require(verdict.identity)
        var clock = PurgeClock(wall: Self.now * 1000, steady: 0)
        var changes = SessionChanges()
        func time(_ offset: Int64, steady: Int64) -> Int64 {
            clock.time(wall: (Self.now + offset) * 1000, steady: steady * 1000) / 1000
        }
        if isEarlier { changes.apply([Self.ending], now: time(0, steady: 0)) }
        let days: Int64 = 20 * 24 * 3600
        changes.purge(now: time(days, steady: 10))
        if !isEarlier { changes.apply([Self.ending], now: time(days + 10, steady: 20)) }
        changes.purge(now: time(days + 1000, steady: 1010))
        changes.purge(now: time(1020, steady: 1020))
        #expect(changes.revocationStatus(of: identity) == .ended(byUser: true))
        changes.purge(now: time(3700, steady: 3700))
        #expect(changes.count == 0)
    }
}
