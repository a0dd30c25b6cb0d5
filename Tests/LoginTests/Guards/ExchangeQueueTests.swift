import RandomJSON
import Testing

@testable import Login

@Suite("The queue before WeChat")
struct ExchangeQueueTests {
    @Test("so many at once, so many behind them, the next is refused; first in, first out")
    func order() {
        var queue = ExchangeQueue(atOnce: 2, waiting: 3, waitTimeout: 5000)
        #expect((0..<6).map { queue.enter($0, now: 0) } == [.start, .start, .wait, .wait, .wait, .full])
        #expect(queue.leave(now: 1) == ExchangeQueue.Turn(start: [2]))
        #expect(queue.enter(6, now: 1) == .wait)
        queue.cancel(3)
        #expect(queue.leave(now: 2) == ExchangeQueue.Turn(start: [4]))
        #expect(queue.leave(now: 2) == ExchangeQueue.Turn(start: [6]))
        #expect(queue.leave(now: 2) == ExchangeQueue.Turn())
        #expect(queue.running == 1 && queue.waiting == 0 && queue.nextExpiry == nil)
    }

    @Test("who waited 5 s is out, and holds no place")
    func expiry() {
        var queue = ExchangeQueue(atOnce: 1, waiting: 2)
        _ = queue.enter(0, now: 0)
        _ = queue.enter(1, now: 1000)
        _ = queue.enter(2, now: 2000)
        #expect(queue.nextExpiry == 6000)
        #expect(queue.expire(now: 5999) == ExchangeQueue.Turn())
        #expect(queue.enter(3, now: 5999) == .full)
        #expect(queue.expire(now: 6000) == ExchangeQueue.Turn(expired: [1]))
        #expect(queue.enter(3, now: 6000) == .wait)
        #expect(queue.leave(now: 7000) == ExchangeQueue.Turn(start: [3], expired: [2]))
    }

    @Test("by default 256 at once and 100 behind them")
    func defaults() {
        var queue = ExchangeQueue()
        let entries = (0..<400).map { queue.enter($0, now: 0) }
        #expect(entries.count { $0 == .start } == 256 && entries.count { $0 == .wait } == 100)
        #expect(entries.suffix(44).allSatisfy { $0 == .full })
    }

    @Test("random comings and goings agree with a plain list; nobody is lost, told twice or overtaken")
    func model() {
        for _ in 0..<30 {
            let seed = UInt64.random(in: .min ... .max)
            var random = SeededGenerator(seed: seed)
            let (atOnce, room) = (Int.random(in: 1...8, using: &random), Int.random(in: 0...12, using: &random))
            var queue = ExchangeQueue(atOnce: atOnce, waiting: room, waitTimeout: 500)
            var now: Int64 = 0
            var next: UInt64 = 0
            var running: Set<UInt64> = []
            var line: [(id: UInt64, until: Int64)] = []
            for step in 0..<3000 {
                now += Int64.random(in: 0...60, using: &random)
                var expected = ExchangeQueue.Turn()
                var turn = ExchangeQueue.Turn()
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1:
                    next += 1
                    let entry = queue.enter(next, now: now)
                    if running.count < atOnce, line.isEmpty {
                        running.insert(next)
                        #expect(entry == .start, "seed \(seed), step \(step)")
                    } else if line.count < room {
                        line.append((next, now + 500))
                        #expect(entry == .wait, "seed \(seed), step \(step)")
                    } else {
                        #expect(entry == .full, "seed \(seed), step \(step)")
                    }
                    continue
                case 2:
                    if let id = line.randomElement(using: &random)?.id {
                        queue.cancel(id)
                        line.removeAll { $0.id == id }
                    }
                    continue
                case 3:
                    guard let id = running.randomElement(using: &random) else { continue }
                    running.remove(id)
                    turn = queue.leave(now: now)
                default:
                    turn = queue.expire(now: now)
                }
                expected.expired = line.filter { $0.until <= now }.map(\.id)
                line.removeAll { $0.until <= now }
                while running.count < atOnce, !line.isEmpty {
                    let id = line.removeFirst().id
                    running.insert(id)
                    expected.start.append(id)
                }
                guard turn == expected, queue.running == running.count, queue.waiting == line.count,
                    queue.nextExpiry == line.first?.until
                else {
                    Issue.record("seed \(seed), step \(step): \(turn) for \(expected)")
                    return
                }
            }
        }
    }
}
