import RandomJSON
import Testing

@testable import Login

@Suite("The breaker on exchanges")
struct ExchangeBreakerTests {
    private struct Refused: Error {}

    private static func pass(_ breaker: inout ExchangeBreaker, _ now: Int64) throws -> ExchangeBreaker.Pass {
        guard case .pass(let pass) = breaker.admit(now: now) else { throw Refused() }
        return pass
    }

    private static func settle(
        _ breaker: inout ExchangeBreaker,
        _ outcome: ExchangeBreaker.Outcome,
        _ now: Int64
    ) throws {
        breaker.settle(try pass(&breaker, now), outcome, now: now)
    }

    /// Opened by ten failures at 1,000,000.
    private static func opened() throws -> ExchangeBreaker {
        var breaker = ExchangeBreaker()
        for _ in 0..<10 {
            #expect(breaker.state == .closed)
            try settle(&breaker, .failed, 1_000_000)
        }
        #expect(breaker.state == .open)
        return breaker
    }

    @Test("ten failures in a row open it, nine and an answer do not")
    func consecutive() throws {
        _ = try Self.opened()
        var breaker = ExchangeBreaker()
        for round in 0..<3 {
            // Far apart, so that their share says nothing.
            for _ in 0..<9 { try Self.settle(&breaker, .failed, Int64(round) * 60_000) }
            try Self.settle(&breaker, .answered, Int64(round) * 60_000)
        }
        #expect(breaker.state == .closed)
    }

    @Test("more than half of twenty within ten seconds open it; half, or more within a longer time, do not")
    func share() throws {
        func run(failures: Int, of count: Int, every interval: Int64) throws -> ExchangeBreaker.State {
            var breaker = ExchangeBreaker()
            // Alternating as long as it goes, the rest failures: never ten in a row.
            var left = (failed: failures, answered: count - failures)
            for index in 0..<count where breaker.state == .closed {
                let fails = left.answered == 0 || (index % 2 == 1 && left.failed > 0)
                try Self.settle(&breaker, fails ? .failed : .answered, 1_000_000 + Int64(index) * interval)
                if fails { left.failed -= 1 } else { left.answered -= 1 }
            }
            return breaker.state
        }
        #expect(try run(failures: 10, of: 20, every: 100) == .closed)
        #expect(try run(failures: 11, of: 20, every: 100) == .open)
        #expect(try run(failures: 11, of: 19, every: 100) == .closed)
        #expect(try run(failures: 11, of: 20, every: 600) == .closed)
    }

    @Test("open for 5 s, twice as long after each failing probe, up to a minute; an answer closes it and begins anew")
    func growth() throws {
        var breaker = try Self.opened()
        var now: Int64 = 1_000_000
        for seconds in [5, 10, 20, 40, 60, 60] {
            #expect(breaker.admit(now: now) == .refused(retryAfter: seconds))
            now += Int64(seconds) * 1000
            #expect(breaker.admit(now: now - 1) == .refused(retryAfter: 1))
            let probe = try Self.pass(&breaker, now)
            #expect(probe.isProbe && breaker.state == .halfOpen)
            #expect(breaker.admit(now: now) == .refused(retryAfter: 1))
            breaker.settle(probe, .failed, now: now)
        }
        now += 60_000
        breaker.settle(try Self.pass(&breaker, now), .answered, now: now)
        #expect(breaker.state == .closed)
        for _ in 0..<10 { try Self.settle(&breaker, .failed, now) }
        #expect(breaker.admit(now: now) == .refused(retryAfter: 5))
    }

    @Test("a probe that is lost or never sent is followed by another")
    func lostProbe() throws {
        var breaker = try Self.opened()
        let lost = try Self.pass(&breaker, 1_005_000)
        #expect(breaker.admit(now: 1_019_999) == .refused(retryAfter: 1))
        let second = try Self.pass(&breaker, 1_020_000)
        breaker.settle(lost, .answered, now: 1_020_001)
        #expect(breaker.state == .halfOpen)
        breaker.settle(second, .notSent, now: 1_020_002)
        #expect(try Self.pass(&breaker, 1_020_002).isProbe)
    }

    @Test("what began before it opened neither opens nor closes it")
    func underWay() throws {
        var breaker = ExchangeBreaker()
        let early = try (0..<30).map { _ in try Self.pass(&breaker, 1_000_000) }
        for pass in early.prefix(10) { breaker.settle(pass, .failed, now: 1_000_001) }
        breaker.settle(early[10], .answered, now: 1_000_002)
        #expect(breaker.state == .open)
        breaker.settle(try Self.pass(&breaker, 1_006_000), .answered, now: 1_006_001)
        for pass in early.dropFirst(11) { breaker.settle(pass, .failed, now: 1_006_002) }
        #expect(breaker.state == .closed)
    }

    @Test("a clock that is set back does not keep it open")
    func clockSetBack() throws {
        var breaker = try Self.opened()
        #expect(try Self.pass(&breaker, 0).isProbe)
    }

    @Test("random exchanges agree with a plain reading of the rules")
    func model() {
        for _ in 0..<30 {
            let seed = UInt64.random(in: .min ... .max)
            var random = SeededGenerator(seed: seed)
            var breaker = ExchangeBreaker()
            var now: Int64 = 1_763_700_000_000
            var history: [(second: Int64, failed: Bool)] = []
            var openUntil: Int64?
            var length: Int64 = 5000
            var probingSince: Int64?
            var pending: [(pass: ExchangeBreaker.Pass, epoch: Int)] = []
            var epoch = 0
            var failureShare = 50
            for step in 0..<3000 {
                now += Int64.random(in: 0...900, using: &random)
                if step % 100 == 0 { failureShare = Int.random(in: 0...100, using: &random) }
                if Bool.random(using: &random) || pending.isEmpty {
                    let expected: Bool
                    if let since = probingSince {
                        expected = now - since >= 15_000
                    } else if let until = openUntil {
                        expected = now >= until
                    } else {
                        expected = true
                    }
                    guard case .pass(let pass) = breaker.admit(now: now) else {
                        if expected {
                            Issue.record("seed \(seed), step \(step): refused")
                            return
                        }
                        continue
                    }
                    let isProbe = openUntil != nil
                    guard expected, pass.isProbe == isProbe else {
                        Issue.record("seed \(seed), step \(step): let through")
                        return
                    }
                    if isProbe {
                        probingSince = now
                        epoch += 1
                    }
                    pending.append((pass, epoch))
                    continue
                }
                let ended = pending.remove(at: Int.random(in: 0..<pending.count, using: &random))
                let fails = Int.random(in: 0..<100, using: &random) < failureShare
                breaker.settle(ended.pass, fails ? .failed : .answered, now: now)
                guard ended.epoch == epoch else { continue }
                if probingSince != nil {
                    probingSince = nil
                    epoch += 1
                    history = []
                    if fails {
                        length = min(60_000, length * 2)
                        openUntil = now + length
                    } else {
                        (openUntil, length) = (nil, 5000)
                    }
                    continue
                }
                guard openUntil == nil else { continue }
                history.append((now / 1000, fails))
                let recent = history.filter { $0.second > now / 1000 - 10 }
                let inARow = history.reversed().prefix { $0.failed }.count
                if fails, inARow >= 10 || (recent.count >= 20 && recent.count { $0.failed } * 2 > recent.count) {
                    (openUntil, length, history) = (now + 5000, 5000, [])
                    epoch += 1
                }
            }
        }
    }
}
