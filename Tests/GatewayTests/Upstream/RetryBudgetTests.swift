import NIOCore
import RandomJSON
import Testing

@testable import Gateway

@Suite("How many requests may be sent again")
struct RetryBudgetTests {
    @Test("where every request asks for it, no more than the share and three beyond", arguments: [0, 10, 20, 50])
    func share(percent: Int) {
        for rate in [1, 5, 30, 100, 1000] {
            var budget = RetryBudget()
            var granted = 0
            var requests = 0
            for second in 0..<60 as Range<UInt32> {
                for _ in 0..<rate {
                    requests += 1
                    budget.deposit(requests: 1, percent: percent)
                    if budget.withdraw(second: second) { granted += 1 }
                }
            }
            let earned = requests * percent / 100
            let floor = RetryBudget.perSecond * 60
            #expect(granted <= max(earned + RetryBudget.perSecond, floor), "\(percent) % of \(rate)")
            #expect(granted >= min(max(earned - 1, min(floor, requests)), requests), "\(percent) % of \(rate)")
        }
    }

    @Test("three a second whatever the traffic, and a fourth in the next one")
    func floor() {
        var budget = RetryBudget()
        #expect((0..<5).map { _ in budget.withdraw(second: 7) } == [true, true, true, false, false])
        #expect((0..<5).map { _ in budget.withdraw(second: 8) } == [true, true, true, false, false])
    }

    @Test("what calm times earn is kept, up to a hundred")
    func saved() {
        var budget = RetryBudget()
        budget.deposit(requests: 1_000_000, percent: 20)
        var granted = 0
        while budget.withdraw(second: 1) { granted += 1 }
        #expect(granted == 100)
    }

    @Test("fits its word at any moment")
    func word() {
        var random = SeededGenerator()
        print("retry budget: MENSHEN_TEST_SEED=\(random.seed)")
        var budget = RetryBudget()
        var second: UInt32 = 0
        for _ in 0..<5000 {
            if Bool.random(using: &random) {
                budget.deposit(requests: Int.random(in: 1...16, using: &random), percent: 100)
            } else {
                second += UInt32.random(in: 0...1, using: &random)
                _ = budget.withdraw(second: second)
            }
            #expect(RetryBudget(packed: budget.packed) == budget, "seed \(random.seed)")
        }
    }

    @Test("several threads together get exactly what one would")
    func shared() async {
        let state = ClusterState(targets: 1)
        state.earnRetries(requests: 250, percent: 20)
        let granted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<100).count { _ in state.takeRetry(now: 5_000_000_000) } }
            }
            return await group.reduce(0, +)
        }
        #expect(granted == 50)
    }

    @Test("a body is kept up to 64 KiB and not a byte beyond")
    func replay() {
        var replay = ReplayBuffer()
        replay.append(ByteBuffer(repeating: 1, count: ReplayBuffer.limit - 1))
        replay.append(ByteBuffer(repeating: 2, count: 1))
        #expect(replay.bytes?.readableBytes == ReplayBuffer.limit)
        replay.append(ByteBuffer(repeating: 3, count: 1))
        #expect(!replay.isWhole)
        replay.append(ByteBuffer(repeating: 3, count: 1))
        #expect(!replay.isWhole)
    }

    @Test("a head for one target becomes one for another")
    func hostLine() {
        var head = ByteBuffer(string: "GET /a HTTP/1.1\r\nhost: one:1\r\nx-a: b\r\n\r\n")
        HostLine.replace(in: &head, with: Array("another.host:8080".utf8))
        #expect(String(buffer: head) == "GET /a HTTP/1.1\r\nhost: another.host:8080\r\nx-a: b\r\n\r\n")
        for odd in ["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: x"] {
            var buffer = ByteBuffer(string: odd)
            HostLine.replace(in: &buffer, with: Array("y".utf8))
            #expect(String(buffer: buffer) == odd)
        }
    }
}
