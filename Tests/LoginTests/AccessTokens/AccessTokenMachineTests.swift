import APICalls
import RandomJSON
import Testing
import WeChat

@testable import Login

private typealias Found = AccessTokenMachine.Found

@Suite("When an access token is fetched")
struct AccessTokenMachineTests {
    private static let start: Int64 = 1_763_700_000_000
    private static let busy = WeChatFailure(.busy, errcode: -1)

    private static func token(_ text: String, until expiresAt: Int64) -> AccessToken {
        AccessToken(text: text, expiresAt: expiresAt)
    }

    /// A keeping that has fetched the token "A", which lives 7200 s from `start`.
    private static func settled() throws -> AccessTokenMachine {
        var keeping = AccessTokenMachine()
        let asked = keeping.ask(now: start)
        let errand = try #require(asked.errand)
        #expect(asked.reply == .wait && !errand.isForced && errand.refused == nil)
        let first = token("A", until: start + 7_200_000)
        #expect(keeping.finish(errand, .success(Found(token: first)), now: start) == .settled(.success(first)))
        return keeping
    }

    @Test("one fetch for all who ask at first")
    func first() {
        var keeping = AccessTokenMachine()
        #expect(keeping.ask(now: Self.start).errand != nil)
        for offset in 0..<100 {
            let asked = keeping.ask(now: Self.start + Int64(offset))
            #expect(asked.reply == .wait && asked.errand == nil)
        }
    }

    @Test("until its last five minutes a token is given and nothing fetched; in them it is renewed beside the answer")
    func advance() throws {
        var keeping = try Self.settled()
        let token = Self.token("A", until: Self.start + 7_200_000)
        let early = keeping.ask(now: Self.start + 6_899_999)
        #expect(early.reply == .give(token) && early.errand == nil)
        let late = keeping.ask(now: Self.start + 6_900_000)
        let errand = try #require(late.errand)
        #expect(late.reply == .give(token) && !errand.isForced)
        #expect(keeping.ask(now: Self.start + 6_900_001).errand == nil)
        let next = Self.token("B", until: Self.start + 14_100_000)
        _ = keeping.finish(errand, .success(Found(token: next)), now: Self.start + 6_900_100)
        #expect(keeping.ask(now: Self.start + 6_900_101).reply == .give(next))
    }

    @Test("where WeChat still gives the old one, it is asked again 10 s later")
    func sameAgain() throws {
        var keeping = try Self.settled()
        let at = Self.start + 6_900_000
        let errand = try #require(keeping.ask(now: at).errand)
        let same = Self.token("A", until: Self.start + 7_200_000)
        _ = keeping.finish(errand, .success(Found(token: same)), now: at)
        #expect(keeping.ask(now: at + 9999).errand == nil)
        #expect(keeping.ask(now: at + 10_000).errand != nil)
    }

    @Test("nothing is renewed for nobody")
    func nobodyAsks() throws {
        var keeping = try Self.settled()
        #expect(keeping.tick(now: Self.start + 6_900_000) == nil)
        var asked = try Self.settled()
        _ = asked.ask(now: Self.start + 6_600_000)
        #expect(asked.tick(now: Self.start + 6_899_999) == nil)
        #expect(asked.tick(now: Self.start + 6_900_000) != nil)
        #expect(asked.tick(now: Self.start + 6_900_001) == nil)
    }

    @Test("failures hold for 1 s doubling to 60 s, and are told meanwhile")
    func hold() throws {
        var keeping = AccessTokenMachine()
        var now = Self.start
        for seconds: Int64 in [1, 2, 4, 8, 16, 32, 60, 60] {
            let errand = try #require(keeping.ask(now: now).errand)
            #expect(keeping.finish(errand, .failure(Self.busy), now: now) == .settled(.failure(Self.busy)))
            let held = keeping.ask(now: now + seconds * 1000 - 1)
            #expect(held.reply == .fail(Self.busy) && held.errand == nil)
            now += seconds * 1000
        }
    }

    @Test("a token that is good is given although its renewal fails")
    func failingRenewal() throws {
        var keeping = try Self.settled()
        let token = Self.token("A", until: Self.start + 7_200_000)
        let errand = try #require(keeping.ask(now: Self.start + 7_000_000).errand)
        #expect(keeping.finish(errand, .failure(Self.busy), now: Self.start + 7_000_000) == .settled(.success(token)))
        let asked = keeping.ask(now: Self.start + 7_000_500)
        #expect(asked.reply == .give(token) && asked.errand == nil)
        #expect(keeping.ask(now: Self.start + 7_001_000).errand != nil)
    }

    @Test("a refused token is fetched anew without force; another one than the present is not doubted")
    func refused() throws {
        var keeping = try Self.settled()
        keeping.refuse("B", now: Self.start + 1)
        #expect(keeping.ask(now: Self.start + 2).errand == nil)
        keeping.refuse("A", now: Self.start + 3)
        keeping.refuse("A", now: Self.start + 3)
        let errand = try #require(keeping.ask(now: Self.start + 4).errand)
        #expect(!errand.isForced && errand.refused == "A")
        let next = Self.token("B", until: Self.start + 7_200_000)
        #expect(keeping.finish(errand, .success(Found(token: next)), now: Self.start + 5) == .settled(.success(next)))
        keeping.refuse("A", now: Self.start + 6)
        #expect(keeping.ask(now: Self.start + 7).reply == .give(next))
    }

    @Test("the same token again is answered by force, once in 30 s; between, WeChat's word stands")
    func force() throws {
        var keeping = try Self.settled()
        let same = Self.token("A", until: Self.start + 7_200_000)
        func refetch(at now: Int64) throws -> AccessTokenMachine.Ending {
            keeping.refuse("A", now: now)
            let errand = try #require(keeping.ask(now: now).errand)
            #expect(!errand.isForced)
            return keeping.finish(errand, .success(Found(token: same)), now: now)
        }
        guard case .again(let errand) = try refetch(at: Self.start + 1000) else {
            Issue.record("no force")
            return
        }
        #expect(errand.isForced && errand.refused == "A")
        #expect(keeping.ask(now: Self.start + 1001).reply == .wait)
        // Official: within 30 s of another forced fetch, by whomever, WeChat gives the same.
        #expect(
            keeping.finish(errand, .success(Found(token: same)), now: Self.start + 2000) == .settled(.success(same))
        )
        // Not doubted for 30 s, so WeChat is not asked at all.
        keeping.refuse("A", now: Self.start + 31_999)
        #expect(keeping.ask(now: Self.start + 31_999) == (.give(same), nil))
        guard case .again(let second) = try refetch(at: Self.start + 32_000) else {
            Issue.record("no second force")
            return
        }
        #expect(second.isForced)
    }

    @Test("20 times a day at most")
    func forcedPerDay() throws {
        var keeping = try Self.settled()
        var forced = 0
        var now = Self.start
        for _ in 0..<100 {
            now += 60_000
            keeping.refuse("A", now: now)
            let errand = try #require(keeping.ask(now: now).errand)
            let same = Found(token: Self.token("A", until: now + 7_200_000))
            if case .again(let second) = keeping.finish(errand, .success(same), now: now) {
                forced += 1
                _ = keeping.finish(second, .success(same), now: now)
            }
        }
        #expect(forced == 20)
    }

    @Test("what the store holds is asked of WeChat before a new one is forced; another gateway's force counts")
    func shared() throws {
        var keeping = try Self.settled()
        keeping.refuse("A", now: Self.start + 1000)
        let errand = try #require(keeping.ask(now: Self.start + 1000).errand)
        let same = Self.token("A", until: Self.start + 7_200_000)
        let stale = Found(token: same, isShared: true, forcedAt: Self.start - 20_000)
        guard case .again(let second) = keeping.finish(errand, .success(stale), now: Self.start + 1000) else {
            Issue.record("not asked of WeChat")
            return
        }
        #expect(!second.isForced)
        let answer = keeping.finish(second, .success(Found(token: same)), now: Self.start + 1000)
        #expect(answer == .settled(.success(same)))
    }

    @Test("an errand that never comes back is given up, and its late end ignored")
    func lostErrand() throws {
        var keeping = AccessTokenMachine()
        let lost = try #require(keeping.ask(now: Self.start).errand)
        #expect(keeping.ask(now: Self.start + 59_999).errand == nil)
        let second = try #require(keeping.ask(now: Self.start + 60_000).errand)
        let late = Found(token: Self.token("A", until: Self.start + 7_200_000))
        #expect(keeping.finish(lost, .success(late), now: Self.start + 60_001) == .ignored)
        #expect(keeping.finish(second, .success(late), now: Self.start + 60_002) != .ignored)
    }

    @Test("a clock that is set back holds nothing up")
    func clockSetBack() throws {
        var keeping = AccessTokenMachine()
        let errand = try #require(keeping.ask(now: Self.start).errand)
        _ = keeping.finish(errand, .failure(Self.busy), now: Self.start)
        #expect(keeping.ask(now: Self.start - 3_600_000).errand != nil)
    }

    @Test("random days: one errand at a time, no dead token, no hammering, no force beyond WeChat's measure")
    func randomDays() {
        for _ in 0..<20 {
            let seed = UInt64.random(in: .min ... .max)
            var day = RandomDay(seed: seed)
            if let offence = day.run() { Issue.record("seed \(seed): \(offence)") }
        }
    }
}

/// A WeChat that now and then fails or refuses, and people who ask.
private struct RandomDay {
    private var random: SeededGenerator
    private var keeping = AccessTokenMachine()
    private var now: Int64 = 1_763_700_000_000
    private var running: AccessTokenMachine.Errand?
    private var runningSince: Int64 = 0
    private var lastAsked: Int64?
    private var failures = 0
    private var failedAt: Int64 = 0
    private var forced: [Int64] = []
    private var made = 0
    private var current = AccessToken(text: "t0", expiresAt: 0)

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func run() -> String? {
        for step in 0..<4000 {
            now += Int64.random(in: 0...(Int.random(in: 0..<20, using: &random) == 0 ? 900_000 : 4000), using: &random)
            if let offence = act() { return "step \(step): \(offence)" }
        }
        return nil
    }

    private mutating func act() -> String? {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<4:
            lastAsked = now
            let (reply, errand) = keeping.ask(now: now)
            if let errand, let offence = begin(errand) { return offence }
            switch reply {
            case .give(let token):
                if token.expiresAt <= now { return "a dead token" }
            case .fail: if failures == 0 { return "a failure out of nothing" }
            case .wait: if running == nil { return "waiting for nothing" }
            }
        case 4:
            if let errand = keeping.tick(now: now) {
                guard let lastAsked, now - lastAsked < 600_000 else { return "renewed for nobody" }
                return begin(errand)
            }
        case 5:
            keeping.refuse(current.text, now: now)
        default:
            if let running { return end(running) }
        }
        return nil
    }

    private mutating func begin(_ errand: AccessTokenMachine.Errand) -> String? {
        if running != nil, now - runningSince < 60_000 { return "two errands at once" }
        if failures > 0, !errand.isForced, now - failedAt < min(60_000, 1000 << Int64(failures - 1)) {
            return "asked too soon after a failure"
        }
        if errand.isForced {
            if let last = forced.last, now - last < 30_000 { return "forced within 30 s" }
            forced = forced.filter { now - $0 < 86_400_000 } + [now]
            if forced.count > 20 { return "forced more than 20 times a day" }
        }
        running = errand
        runningSince = now
        return nil
    }

    private mutating func end(_ errand: AccessTokenMachine.Errand) -> String? {
        running = nil
        let fails = Int.random(in: 0..<4, using: &random) == 0
        if !fails, errand.isForced || current.expiresAt - now <= 300_000 {
            made += 1
            current = AccessToken(text: "t\(made)", expiresAt: now + 7_200_000)
        }
        let ending = keeping.finish(
            errand,
            fails ? .failure(WeChatFailure(.busy)) : .success(Found(token: current)),
            now: now
        )
        if fails {
            failures += 1
            failedAt = now
        } else if case .settled = ending {
            failures = 0
        }
        switch ending {
        case .ignored: return "the running errand's end was ignored"
        case .again(let next):
            if !next.isForced { return "WeChat's own answer was doubted without force" }
            return begin(next)
        case .settled(.success(let token)):
            return token.expiresAt <= now ? "settled with a dead token" : nil
        case .settled(.failure): return fails ? nil : "a failure out of a success"
        }
    }
}
