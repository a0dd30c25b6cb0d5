import RandomJSON
import Testing

@testable import Gateway

@Suite("Balancing between targets")
struct BalancingTests {
    private static let threeEqual = [100, 100, 100]

    @Test("takes turns by weight, spread evenly")
    func smooth() {
        var turns = SmoothRoundRobin(count: 3)
        let order = (0..<14).compactMap { _ in turns.pick(weights: [5, 1, 1], among: TargetSet(first: 3)) }
        #expect(order == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0])
    }

    @Test("gives each its exact share whatever the weights, and nothing to who is not among the candidates")
    func shares() {
        var random = SeededGenerator()
        print("smooth round robin: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<200 {
            let count = Int.random(in: 1...8, using: &random)
            let weights = (0..<count).map { _ in Int.random(in: 1...20, using: &random) }
            let candidates = TargetSet(bits: UInt64.random(in: 1..<(1 << UInt64(count)), using: &random))
            let total = weights.indices.filter { candidates.contains($0) }.reduce(0) { $0 + weights[$1] }
            var turns = SmoothRoundRobin(count: count)
            var given = Array(repeating: 0, count: count)
            for _ in 0..<(3 * total) {
                guard let index = turns.pick(weights: weights, among: candidates) else { break }
                given[index] += 1
            }
            let expected = weights.indices.map { candidates.contains($0) ? 3 * weights[$0] : 0 }
            #expect(given == expected, "seed \(random.seed)")
        }
    }

    @Test("gives nothing where there is nobody")
    func nobody() {
        var turns = SmoothRoundRobin(count: 2)
        var random = SeededGenerator()
        #expect(turns.pick(weights: [1, 1], among: TargetSet()) == nil)
        #expect(LeastRequest.pick(weights: [1, 1], active: { _ in 0 }, among: TargetSet(), using: &random) == nil)
        #expect(Rendezvous.pick(key: 1, seeds: [1, 2], weights: [1, 1], among: TargetSet()) == nil)
    }

    @Test("the less busy of two: the busiest of all gets nothing, an even load stays even")
    func leastRequest() {
        var random = SeededGenerator()
        print("least request: MENSHEN_TEST_SEED=\(random.seed)")
        var active = [10, 0, 0]
        for _ in 0..<300 {
            let index = LeastRequest.pick(
                weights: Self.threeEqual,
                active: { active[$0] },
                among: TargetSet(first: 3),
                using: &random
            )
            #expect(index != 0)
        }
        active = [0, 0, 0]
        // Nobody is ever done: two choices keep the difference small.
        for _ in 0..<3000 {
            let index = LeastRequest.pick(
                weights: Self.threeEqual,
                active: { active[$0] },
                among: TargetSet(first: 3),
                using: &random
            )
            if let index { active[index] += 1 }
        }
        #expect((active.max() ?? 0) - (active.min() ?? 0) < 20, "\(active), seed \(random.seed)")
    }

    @Test("a target of three times the weight gets three times the requests of a busy service")
    func weightedLeastRequest() {
        var random = SeededGenerator()
        var active = [0, 0]
        for _ in 0..<4000 {
            let index = LeastRequest.pick(
                weights: [300, 100],
                active: { active[$0] },
                among: TargetSet(first: 2),
                using: &random
            )
            if let index { active[index] += 1 }
        }
        #expect(abs(active[0] - 3000) < 20, "\(active), seed \(random.seed)")
    }

    @Test("by hash: who goes moves only its own keys, who comes takes only its share")
    func rendezvous() {
        let seeds = (1...5).map { Rendezvous.key(Array("http://10.0.0.\($0):80".utf8).span) }
        let weights = Array(repeating: 100, count: 5)
        var without = TargetSet(first: 5)
        without.remove(2)
        var counts = Array(repeating: 0, count: 5)
        for number in 0..<20_000 {
            let key = Rendezvous.key(Array("user-\(number)".utf8).span)
            let before = Rendezvous.pick(key: key, seeds: seeds, weights: weights, among: TargetSet(first: 5))
            let after = Rendezvous.pick(key: key, seeds: seeds, weights: weights, among: without)
            if let before { counts[before] += 1 }
            if before == 2 { #expect(after != 2) } else { #expect(after == before) }
        }
        for count in counts { #expect(abs(count - 4000) < 300, "\(counts)") }
    }

    @Test("by hash: weights are shares, and the order of the targets does not matter")
    func weightedRendezvous() {
        let names = ["http://a:1", "http://b:1", "http://c:1"]
        let seeds = names.map { Rendezvous.key(Array($0.utf8).span) }
        var first = 0
        for number in 0..<20_000 {
            let key = Rendezvous.key(Array("\(number)".utf8).span)
            let one = Rendezvous.pick(key: key, seeds: seeds, weights: [200, 100, 100], among: TargetSet(first: 3))
            let other = Rendezvous.pick(
                key: key,
                seeds: seeds.reversed(),
                weights: [100, 100, 200],
                among: TargetSet(first: 3)
            )
            #expect(one.map { names[$0] } == other.map { names[2 - $0] })
            if one == 0 { first += 1 }
        }
        #expect(abs(first - 10_000) < 400, "\(first)")
    }

    @Test("who returns gets a tenth first and more with every moment")
    func slowStart() {
        #expect(SlowStart.weight(3, elapsed: nil, duration: 10) == 300)
        #expect(SlowStart.weight(3, elapsed: 0, duration: 0) == 300)
        #expect(SlowStart.weight(3, elapsed: 0, duration: 1000) == 30)
        #expect(SlowStart.weight(3, elapsed: 500, duration: 1000) == 165)
        #expect(SlowStart.weight(3, elapsed: 1000, duration: 1000) == 300)
        var last = 0
        for elapsed in 0...1000 {
            let weight = SlowStart.weight(1, elapsed: Int64(elapsed), duration: 1000)
            #expect(weight >= last && weight > 0)
            last = weight
        }
    }

    @Test("a set of targets agrees with Swift's sets")
    func targetSet() {
        var random = SeededGenerator()
        for _ in 0..<300 {
            var bits = TargetSet()
            var model: Set<Int> = []
            for _ in 0..<Int.random(in: 0..<80, using: &random) {
                let index = Int.random(in: 0..<64, using: &random)
                if Bool.random(using: &random) {
                    bits.insert(index)
                    model.insert(index)
                } else {
                    bits.remove(index)
                    model.remove(index)
                }
            }
            let ordered = model.sorted()
            #expect(bits.count == model.count && bits.isEmpty == model.isEmpty && bits.first == ordered.first)
            #expect((0..<ordered.count).map { bits.index(at: $0) } == ordered)
            #expect((0..<64).filter { bits.contains($0) } == ordered)
            var drained: [Int] = []
            while let index = bits.popFirst() { drained.append(index) }
            #expect(drained == ordered)
        }
        #expect(TargetSet(first: 64).count == 64 && TargetSet(first: 3).bits == 7 && TargetSet(first: 0).isEmpty)
    }
}
