import Configuration
import RandomJSON
import Testing

@testable import Gateway

@Suite("The breaker of a service")
struct CircuitBreakerTests {
    static func rules(requests: Int = 4, probes: Int = 2) -> CircuitBreaker.Rules {
        var configuration = BreakerConfiguration()
        configuration.rate = 50
        configuration.requests = requests
        configuration.window = .seconds(10)
        configuration.time = .seconds(5)
        configuration.probes = probes
        return CircuitBreaker.Rules(configuration)
    }

    @Test("opens at the share, refuses for the time, lets a few through, closes when all succeed")
    func whole() {
        let rules = Self.rules()
        var breaker = CircuitBreaker()
        for outcome in [CircuitBreaker.Outcome.success, .failure, .success] {
            #expect(breaker.admit(now: 0, rules: rules) == .pass)
            breaker.record(outcome, isProbe: false, now: 0, rules: rules)
        }
        #expect(breaker.phase == .closed)
        breaker.record(.failure, isProbe: false, now: 1, rules: rules)
        #expect(breaker.phase == .open)
        #expect(breaker.admit(now: 1, rules: rules) == .refuse(retryAfter: 5))
        #expect(breaker.admit(now: 50, rules: rules) == .refuse(retryAfter: 1))
        #expect(breaker.admit(now: 51, rules: rules) == .probe)
        #expect(breaker.admit(now: 51, rules: rules) == .probe)
        #expect(breaker.admit(now: 51, rules: rules) == .refuse(retryAfter: 1))
        // What was let through before it opened tells nothing now.
        breaker.record(.success, isProbe: false, now: 51, rules: rules)
        breaker.record(.failure, isProbe: false, now: 51, rules: rules)
        #expect(breaker.phase == .halfOpen)
        breaker.record(.success, isProbe: true, now: 52, rules: rules)
        #expect(breaker.phase == .halfOpen)
        breaker.record(.success, isProbe: true, now: 52, rules: rules)
        #expect(breaker.phase == .closed)
        #expect(breaker.admit(now: 52, rules: rules) == .pass)
    }

    @Test("one probe that fails opens it again; one that tells nothing makes room for another")
    func probes() {
        let rules = Self.rules()
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.record(.failure, isProbe: false, now: 0, rules: rules) }
        #expect(breaker.admit(now: 50, rules: rules) == .probe)
        #expect(breaker.admit(now: 50, rules: rules) == .probe)
        breaker.record(.none, isProbe: true, now: 51, rules: rules)
        #expect(breaker.admit(now: 51, rules: rules) == .probe)
        breaker.record(.failure, isProbe: true, now: 52, rules: rules)
        #expect(breaker.phase == .open)
        #expect(breaker.admit(now: 101, rules: rules) == .refuse(retryAfter: 1))
        #expect(breaker.admit(now: 102, rules: rules) == .probe)
    }

    @Test("probes of which nothing is ever heard do not hold it for ever")
    func lostProbes() {
        let rules = Self.rules()
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.record(.failure, isProbe: false, now: 0, rules: rules) }
        #expect(breaker.admit(now: 50, rules: rules) == .probe)
        #expect(breaker.admit(now: 50, rules: rules) == .probe)
        #expect(breaker.admit(now: 99, rules: rules) == .refuse(retryAfter: 1))
        #expect(breaker.admit(now: 100, rules: rules) == .probe)
    }

    @Test("failures of another window do not count")
    func window() {
        let rules = Self.rules()
        var breaker = CircuitBreaker()
        for _ in 0..<3 { breaker.record(.failure, isProbe: false, now: 0, rules: rules) }
        breaker.record(.failure, isProbe: false, now: 100, rules: rules)
        #expect(breaker.phase == .closed)
    }

    @Test("in any order of events: open means refused, half open lets no more than its few through, and words keep it")
    func interleavings() {
        var random = SeededGenerator()
        print("breaker: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<500 {
            let rules = Self.rules(
                requests: Int.random(in: 1...5, using: &random),
                probes: Int.random(in: 1...3, using: &random)
            )
            var breaker = CircuitBreaker()
            var now: UInt32 = 0
            var out: [Bool] = []
            var openedAt: UInt32?
            for _ in 0..<200 {
                now += UInt32.random(in: 0...20, using: &random)
                let before = breaker.phase
                if Bool.random(using: &random) || out.isEmpty {
                    let admission = breaker.admit(now: now, rules: rules)
                    switch admission {
                    case .pass:
                        #expect(before == .closed)
                        out.append(false)
                    case .probe:
                        #expect(before != .closed)
                        out.append(true)
                    case .refuse(let seconds):
                        #expect(before != .closed && seconds >= 1 && seconds <= 5)
                    }
                    if before == .open, let openedAt {
                        #expect((admission == .probe) == (now >= openedAt + rules.time), "seed \(random.seed)")
                    }
                } else {
                    let isProbe = out.remove(at: Int.random(in: out.indices, using: &random))
                    let outcomes: [CircuitBreaker.Outcome] = [.success, .failure, .none]
                    let outcome = outcomes[Int.random(in: 0..<3, using: &random)]
                    breaker.record(outcome, isProbe: isProbe, now: now, rules: rules)
                    if before == .open { #expect(breaker.phase == .open) }
                    if before == .halfOpen, !isProbe { #expect(breaker.phase == .halfOpen) }
                }
                if breaker.phase == .open, before != .open { openedAt = now }
                #expect(CircuitBreaker(packed: breaker.packed) == breaker, "seed \(random.seed)")
            }
        }
    }

    @Test("who waits is served in the order of coming, but who left")
    func line() {
        var line = WaitQueue<Int>()
        for number in 1...5 { line.append(number) }
        let removed = (0..<2).map { _ in line.removeFirst { $0 == 3 } }
        #expect(removed == [true, false])
        #expect(line.count == 4 && line.first == 1)
        var served: [Int] = []
        while let number = line.popFirst() { served.append(number) }
        #expect(served == [1, 2, 4, 5])
    }

    @Test("slots and places in line are never given out twice")
    func slots() async {
        let state = ClusterState(targets: 1)
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { (0..<50).count { _ in state.takeSlot(limit: 30) } } }
            return await group.reduce(0, +)
        }
        #expect(taken == 30)
        state.freeSlot()
        #expect(state.takeSlot(limit: 30))
        #expect((0..<4).map { _ in state.enterQueue(limit: 2) } == [true, true, false, false])
        #expect(state.waitingCount == 2)
    }
}
