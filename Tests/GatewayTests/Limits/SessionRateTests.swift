import Configuration
import Testing

@testable import Gateway

@Suite("The rate of a session's calls")
struct SessionRateTests {
    private static let second: Int64 = 1_000_000_000
    private static let rate = RequestRate(count: 2, period: .seconds(1))

    private static func session(_ number: Int) -> [UInt8] { Array("session-\(number)".utf8) }

    @Test("ten at once, then two a second; the wait that is told is enough")
    func bucket() {
        let sessions = SessionRate(Self.rate, burst: 10)
        let begin = 1000 * Self.second
        for _ in 0..<10 { #expect(sessions.refusal(of: Self.session(1), now: begin) == nil) }
        #expect(sessions.refusal(of: Self.session(1), now: begin) == 1)
        #expect(sessions.refusal(of: Self.session(2), now: begin) == nil, "another session has its own")
        #expect(sessions.refusal(of: Self.session(1), now: begin + Self.second / 2 - 1) == 1)
        #expect(sessions.refusal(of: Self.session(1), now: begin + Self.second / 2) == nil)
        let later = begin + 20 * Self.second
        #expect((0..<30).count { _ in sessions.refusal(of: Self.session(1), now: later) == nil } == 10)
    }

    @Test("a slow rate tells its wait in seconds")
    func wait() {
        let sessions = SessionRate(RequestRate(count: 1, period: .seconds(3600)), burst: 1)
        #expect(sessions.refusal(of: Self.session(1), now: 0) == nil)
        #expect(sessions.refusal(of: Self.session(1), now: 0) == 3600)
        // Told in whole ticks of the bucket, so it may be a second more, and never less.
        let wait = sessions.refusal(of: Self.session(1), now: 3599 * Self.second)
        #expect(wait == 1 || wait == 2)
        #expect(sessions.refusal(of: Self.session(1), now: 3600 * Self.second) == nil)
    }

    @Test("any number of sessions fits its memory, and one that calls far too often stays counted")
    func bounded() {
        let sessions = SessionRate(Self.rate, burst: 10, slots: 64)
        for _ in 0..<10 { _ = sessions.refusal(of: Self.session(0), now: 0) }
        for number in 1...5000 {
            #expect(sessions.refusal(of: Self.session(number), now: 0) == nil, "nobody is refused for what others did")
        }
        #expect(sessions.refusal(of: Self.session(0), now: 0) == 1)
        #expect(sessions.displacedCount > 0 && sessions.uncountedCount == 0)
    }
}
