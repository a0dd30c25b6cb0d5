import RandomJSON
import Testing

@testable import Login

@Suite("The fuse for WeChat's quotas")
struct QuotaFuseTests {
    /// 2026-11-21 12:00 in Beijing.
    static let noon: Int64 = 1_795_233_600_000
    static let midnight = noon + 12 * 3_600_000

    private static func pass(_ fuse: inout QuotaFuse, _ now: Int64) throws -> QuotaFuse.Pass {
        guard case .pass(let pass) = fuse.admit(now: now) else {
            Issue.record("refused at \(now)")
            throw Refused()
        }
        return pass
    }

    private struct Refused: Error {}

    private static func caller(_ number: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: number)] }

    /// A fuse that got the outcome, of one caller, at noon.
    private static func fuse(after outcome: QuotaFuse.Outcome) throws -> QuotaFuse {
        var fuse = QuotaFuse()
        fuse.settle(try pass(&fuse, noon), outcome, caller: caller(1), now: noon)
        return fuse
    }

    @Test("the day's quota: shut at once, a probe every five minutes, open again at Beijing's midnight")
    func daily() throws {
        #expect(Self.noon % 86_400_000 == 4 * 3_600_000)
        var fuse = try Self.fuse(after: .dailyQuota)
        #expect(fuse.state(now: Self.noon) == .dailyQuota)
        #expect(fuse.admit(now: Self.noon) == .refused(retryAfter: 300))
        #expect(fuse.admit(now: Self.noon + 299_999) == .refused(retryAfter: 1))
        let probe = try Self.pass(&fuse, Self.noon + 300_000)
        #expect(probe.isProbe)
        #expect(fuse.admit(now: Self.noon + 300_001) == .refused(retryAfter: 300))
        fuse.settle(probe, .dailyQuota, caller: Self.caller(2), now: Self.noon + 301_000)
        #expect(fuse.admit(now: Self.noon + 600_999) == .refused(retryAfter: 1))
        #expect(try Self.pass(&fuse, Self.noon + 601_000).isProbe)
        #expect(fuse.admit(now: Self.midnight - 1) != .refused(retryAfter: 300))
        #expect(fuse.state(now: Self.midnight) == .closed)
        #expect(try !Self.pass(&fuse, Self.midnight).isProbe)
    }

    @Test("shortly before midnight the wait ends at midnight")
    func lateInTheDay() throws {
        var fuse = QuotaFuse()
        let late = Self.midnight - 10_000
        fuse.settle(try Self.pass(&fuse, late), .dailyQuota, caller: [], now: late)
        #expect(fuse.admit(now: late) == .refused(retryAfter: 10))
    }

    @Test("a refusal of yesterday that comes after midnight does not shut today")
    func overMidnight() throws {
        var fuse = QuotaFuse()
        let pass = try Self.pass(&fuse, Self.midnight - 1000)
        fuse.settle(pass, .dailyQuota, caller: [], now: Self.midnight + 1000)
        #expect(fuse.state(now: Self.midnight + 1000) == .closed)
    }

    @Test("a probe that is answered closes it; one of an earlier time does not")
    func probes() throws {
        var fuse = try Self.fuse(after: .dailyQuota)
        let probe = try Self.pass(&fuse, Self.noon + 300_000)
        fuse.reset()
        fuse.settle(try Self.pass(&fuse, Self.noon + 300_001), .dailyQuota, caller: [], now: Self.noon + 300_002)
        fuse.settle(probe, .answered, caller: [], now: Self.noon + 300_003)
        #expect(fuse.state(now: Self.noon + 300_003) == .dailyQuota)
        let second = try Self.pass(&fuse, Self.noon + 600_002)
        fuse.settle(second, .unknown, caller: [], now: Self.noon + 600_003)
        #expect(fuse.state(now: Self.noon + 600_003) == .dailyQuota)
        let third = try Self.pass(&fuse, Self.noon + 900_003)
        fuse.settle(third, .answered, caller: [], now: Self.noon + 900_004)
        #expect(fuse.state(now: Self.noon + 900_004) == .closed)
    }

    @Test("exchanges that were under way when it shut do not open it")
    func underWay() throws {
        var fuse = QuotaFuse()
        let (first, second) = (try Self.pass(&fuse, Self.noon), try Self.pass(&fuse, Self.noon))
        fuse.settle(first, .dailyQuota, caller: [], now: Self.noon + 1)
        fuse.settle(second, .answered, caller: [], now: Self.noon + 2)
        #expect(fuse.state(now: Self.noon + 2) == .dailyQuota)
    }

    @Test("one caller's rate is that caller's; three callers' within a minute are the app's")
    func rate() throws {
        var fuse = QuotaFuse()
        for offset in 0..<50 {
            let now = Self.noon + Int64(offset) * 100
            fuse.settle(try Self.pass(&fuse, now), .rateLimited, caller: Self.caller(1), now: now)
        }
        let now = Self.noon + 10_000
        fuse.settle(try Self.pass(&fuse, now), .rateLimited, caller: Self.caller(2), now: now)
        #expect(fuse.state(now: now) == .closed)
        fuse.settle(try Self.pass(&fuse, now), .rateLimited, caller: Self.caller(3), now: now)
        #expect(fuse.state(now: now) == .rate)
        #expect(fuse.admit(now: now) == .refused(retryAfter: 60))
        let probe = try Self.pass(&fuse, now + 60_000)
        #expect(probe.isProbe && fuse.admit(now: now + 60_001) == .refused(retryAfter: 1))
        fuse.settle(probe, .rateLimited, caller: Self.caller(9), now: now + 60_100)
        #expect(fuse.admit(now: now + 60_101) == .refused(retryAfter: 60))
        let second = try Self.pass(&fuse, now + 120_100)
        fuse.settle(second, .answered, caller: Self.caller(9), now: now + 120_200)
        #expect(fuse.state(now: now + 120_200) == .closed)
    }

    @Test("three callers in more than a minute are three callers")
    func rateOverTime() throws {
        var fuse = QuotaFuse()
        for number in 0..<20 {
            let now = Self.noon + Int64(number) * 30_000
            fuse.settle(try Self.pass(&fuse, now), .rateLimited, caller: Self.caller(number), now: now)
        }
        #expect(fuse.state(now: Self.noon + 600_000) == .closed)
    }

    @Test("a probe that is lost is followed by another after 15 s, one that tells nothing at once")
    func lostProbe() throws {
        var fuse = QuotaFuse(callersToTrip: 1)
        fuse.settle(try Self.pass(&fuse, Self.noon), .rateLimited, caller: [], now: Self.noon)
        _ = try Self.pass(&fuse, Self.noon + 60_000)
        #expect(fuse.admit(now: Self.noon + 74_999) == .refused(retryAfter: 1))
        let probe = try Self.pass(&fuse, Self.noon + 75_000)
        fuse.settle(probe, .unknown, caller: [], now: Self.noon + 75_001)
        #expect(try Self.pass(&fuse, Self.noon + 75_002).isProbe)
    }

    @Test("an operator's reset opens it at once, and a clock set back does not keep it shut")
    func reset() throws {
        for outcome in [QuotaFuse.Outcome.dailyQuota, .rateLimited] {
            var fuse = QuotaFuse(callersToTrip: 1)
            fuse.settle(try Self.pass(&fuse, Self.noon), outcome, caller: [], now: Self.noon)
            var other = fuse
            fuse.reset()
            #expect(try !Self.pass(&fuse, Self.noon).isProbe)
            _ = try Self.pass(&other, Self.noon - 30 * 86_400_000)
        }
    }

    @Test("random days agree with a plain reading of the rules")
    func randomDays() {
        for _ in 0..<20 {
            let seed = UInt64.random(in: .min ... .max)
            var random = SeededGenerator(seed: seed)
            var fuse = QuotaFuse()
            var now = Self.noon
            // By the rules: shut until then, and why; what got 45011 since the fuse was last closed.
            var dailyUntil: Int64 = 0
            var probedAt: Int64 = 0
            var rateFrom: Int64?
            var probing: Int64?
            var strikes: [(caller: Int, at: Int64)] = []
            for step in 0..<3000 {
                now += Int64.random(in: 0...(step % 50 == 0 ? 7_200_000 : 20_000), using: &random)
                if dailyUntil <= now { dailyUntil = 0 }
                let expected: Bool
                let isProbe = dailyUntil > 0 || rateFrom != nil
                if dailyUntil > 0 {
                    expected = now >= probedAt + 300_000
                } else if let from = rateFrom {
                    expected = now >= from && (probing.map { now - $0 >= 15_000 } ?? true)
                } else {
                    expected = true
                }
                guard case .pass(let pass) = fuse.admit(now: now) else {
                    if expected {
                        Issue.record("seed \(seed), step \(step): refused")
                        return
                    }
                    continue
                }
                guard expected, pass.isProbe == isProbe else {
                    Issue.record("seed \(seed), step \(step): let through, probe \(pass.isProbe)")
                    return
                }
                if dailyUntil > 0 { probedAt = now } else if isProbe { probing = now }
                let caller = Int.random(in: 0..<6, using: &random)
                switch Int.random(in: 0..<60, using: &random) {
                case 0:
                    fuse.settle(pass, .dailyQuota, caller: Self.caller(caller), now: now)
                    let sinceMidnight = (now - Self.midnight + 40 * 86_400_000) % 86_400_000
                    dailyUntil = now - sinceMidnight + 86_400_000
                    probedAt = now
                    (rateFrom, probing, strikes) = (nil, nil, [])
                case 1..<25:
                    fuse.settle(pass, .rateLimited, caller: Self.caller(caller), now: now)
                    if dailyUntil > 0 { break }
                    if isProbe {
                        (rateFrom, probing) = (now + 60_000, nil)
                    } else {
                        strikes = strikes.filter { now - $0.at < 60_000 } + [(caller, now)]
                        if Set(strikes.map(\.caller)).count >= 3 {
                            (rateFrom, probing, strikes) = (now + 60_000, nil, [])
                        }
                    }
                case 25..<40:
                    fuse.settle(pass, .unknown, caller: Self.caller(caller), now: now)
                    if dailyUntil == 0 { probing = nil }
                case 40..<45: break
                default:
                    fuse.settle(pass, .answered, caller: Self.caller(caller), now: now)
                    if isProbe { (dailyUntil, rateFrom, probing, strikes) = (0, nil, nil, []) }
                }
            }
        }
    }
}
