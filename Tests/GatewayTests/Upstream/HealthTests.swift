import Configuration
import RandomJSON
import Testing

@testable import Gateway

@Suite("What makes a target well or unwell")
struct HealthTests {
    @Test("the first answer decides, later ones only in a row")
    func thresholds() {
        var health = ActiveHealth(healthyAfter: 2, unhealthyAfter: 3)
        #expect(health.isHealthy)
        #expect(health.record(isSuccess: false) == true)
        #expect(!health.isHealthy)
        #expect(health.record(isSuccess: true) == false)
        #expect(health.record(isSuccess: false) == false)
        #expect(health.record(isSuccess: true) == false)
        #expect(health.record(isSuccess: true) == true)
        #expect(health.isHealthy)
        for _ in 0..<2 { #expect(health.record(isSuccess: false) == false) }
        #expect(health.record(isSuccess: true) == false)
        for _ in 0..<2 { #expect(health.record(isSuccess: false) == false) }
        #expect(health.record(isSuccess: false) == true)
    }

    @Test("nothing is stuck: from any history so many outcomes of one kind decide")
    func neverStuck() {
        var random = SeededGenerator()
        print("active health: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<2000 {
            let up = Int.random(in: 1...5, using: &random)
            let down = Int.random(in: 1...5, using: &random)
            var health = ActiveHealth(healthyAfter: up, unhealthyAfter: down)
            var history: [Bool] = []
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                let isSuccess = Bool.random(using: &random)
                let before = health.isHealthy
                let changed = health.record(isSuccess: isSuccess)
                history.append(isSuccess)
                #expect(changed == (before != health.isHealthy))
                // It may only have changed after a whole run, or at the first outcome.
                if changed, history.count > 1 {
                    #expect(history.suffix(isSuccess ? up : down).allSatisfy { $0 == isSuccess })
                }
            }
            for _ in 0..<up { _ = health.record(isSuccess: true) }
            #expect(health.isHealthy)
            for _ in 0..<down { _ = health.record(isSuccess: false) }
            #expect(!health.isHealthy)
        }
    }

    @Test("the window agrees with a list of what was recorded")
    func window() {
        var random = SeededGenerator()
        print("failure window: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<200 {
            let width = Int64.random(in: 10...1000, using: &random)
            let part = max(width / 10, 1)
            var window = FailureWindow(width: width)
            var list: [(part: Int64, isFailure: Bool)] = []
            var now: Int64 = 0
            for _ in 0..<200 {
                now += Int64.random(in: 0...part * 3, using: &random)
                let isFailure = Bool.random(using: &random)
                window.record(isFailure: isFailure, now: now)
                list.append((now / part, isFailure))
                let current = list.filter { $0.part > now / part - 10 }
                #expect(window.requests == current.count, "seed \(random.seed)")
                #expect(window.failures == current.count { $0.isFailure }, "seed \(random.seed)")
            }
        }
    }

    @Test("failures in a row, or a share of enough requests, eject")
    func outliers() {
        var rules = EjectionConfiguration()
        rules.failures = 3
        rules.rate = 50
        rules.requests = 10
        var detector = OutlierDetector(rules)
        for isFailure in [true, true, false, true, true] {
            #expect(detector.record(isFailure: isFailure, now: 0) == false)
        }
        #expect(detector.record(isFailure: true, now: 0) == true)
        detector.reset()
        #expect(detector.consecutiveFailures == 0)
        for index in 0..<9 { #expect(detector.record(isFailure: index % 2 == 1, now: 0) == false) }
        #expect(detector.record(isFailure: true, now: 0) == true)
        // A window later it is forgotten.
        #expect(detector.record(isFailure: true, now: 20_000_000_000) == false)
        rules.rate = 100
        rules.failures = 1000
        var lenient = OutlierDetector(rules)
        for _ in 0..<100 { #expect(lenient.record(isFailure: true, now: 0) == false) }
    }

    @Test("each ejection lasts longer, up to a limit, and good times are forgiven")
    func terms() {
        let base: Int64 = 10_000_000_000
        var term = Ejection()
        var now: Int64 = 1_000_000_000
        for time in [1, 2, 3, 4, 5, 5] as [Int64] {
            term.eject(now: now, base: base, maximum: 5 * base)
            #expect(term.until == now + time * base)
            #expect(Ejection(packed: term.packed) == term)
            now = term.until
        }
        now += 4 * base
        term.eject(now: now, base: base, maximum: 5 * base)
        // Six times, four forgiven, and one more.
        #expect(term.count == 3)
        term.eject(now: term.until + 1000 * base, base: base, maximum: 5 * base)
        #expect(term.count == 1)
    }

    /// As `Cluster.record` has it: each worker counts for itself, and what comes of it holds for all.
    @Test("several workers eject by their own counts, and all together never more than half")
    func workers() {
        var random = SeededGenerator()
        print("ejections of several workers: MENSHEN_TEST_SEED=\(random.seed)")
        var most = 0
        for round in 0..<300 {
            let count = Int.random(in: 1...7, using: &random)
            var rules = EjectionConfiguration()
            rules.failures = Int.random(in: 1...4, using: &random)
            rules.rate = 100
            rules.time = .seconds(1)
            let state = ClusterState(targets: count)
            let fresh = Array(repeating: OutlierDetector(rules), count: count)
            var workers = Array(repeating: fresh, count: 4)
            // The model: failures in a row by worker and target, and until when a target is gone.
            var runs = Array(repeating: Array(repeating: 0, count: count), count: 4)
            var until = [Int64](repeating: 0, count: count)
            var unhealthy: Set<Int> = []
            var now: Int64 = 1_000_000_000
            for step in 0..<300 {
                let place = "seed \(random.seed), round \(round), step \(step)"
                now += Int64.random(in: 0...50, using: &random) * 1_000_000
                if Int.random(in: 0..<20, using: &random) == 0 {
                    let index = Int.random(in: 0..<count, using: &random)
                    let isHealthy = unhealthy.remove(index) != nil
                    if !isHealthy { unhealthy.insert(index) }
                    state.setHealth(of: index, isHealthy: isHealthy)
                }
                let worker = Int.random(in: 0..<4, using: &random)
                let target = Int.random(in: 0..<count, using: &random)
                let isFailure = Int.random(in: 0..<4, using: &random) > 0
                runs[worker][target] = isFailure ? runs[worker][target] + 1 : 0
                var wasEjected = false
                if workers[worker][target].record(isFailure: isFailure, now: now) {
                    wasEjected = state.eject(target, now: now, rules: rules)
                }
                let gone = unhealthy.union(until.indices.filter { until[$0] > now })
                let isDue = isFailure && runs[worker][target] >= rules.failures
                let hasRoom = !gone.contains(target) && (gone.count + 1) * 2 <= count
                #expect(wasEjected == (isDue && hasRoom), "\(place)")
                if wasEjected {
                    workers[worker][target].reset()
                    runs[worker][target] = 0
                    until[target] = state.ejection(of: target).until
                    #expect(until[target] > now, "\(place)")
                }
                let ejected = (0..<count).count { state.ejection(of: $0).until > now }
                #expect(ejected * 2 <= count && ejected == until.count { $0 > now }, "\(place)")
                most = max(most, ejected)
            }
        }
        #expect(most == 3)
    }

    @Test("never more than half of the targets is ejected, whatever happens on how many threads")
    func half() async {
        for count in 1...7 {
            let state = ClusterState(targets: count)
            let granted = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        (0..<count).count { state.eject($0, now: 1_000_000_000, rules: EjectionConfiguration()) }
                    }
                }
                return await group.reduce(0, +)
            }
            let ejected = (0..<count).count { state.ejection(of: $0).until > 1_000_000_000 }
            #expect(ejected == granted && ejected <= count / 2, "\(ejected) of \(count)")
        }
        let state = ClusterState(targets: 4)
        state.setHealth(of: 0, isHealthy: false)
        state.setHealth(of: 1, isHealthy: false)
        // Half of them are gone already.
        #expect(!state.eject(2, now: 1, rules: EjectionConfiguration()))
        state.setHealth(of: 1, isHealthy: true)
        #expect(state.unhealthy == TargetSet(bits: 1))
        #expect(state.eject(2, now: 1, rules: EjectionConfiguration()))
        #expect(!state.eject(3, now: 1, rules: EjectionConfiguration()))
    }
}
