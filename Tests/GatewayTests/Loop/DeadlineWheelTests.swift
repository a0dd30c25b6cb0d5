import RandomJSON
import Testing

@testable import Gateway

@Suite("The deadline wheel")
struct DeadlineWheelTests {
    /// One millisecond, so that a slot has a width that divides nothing by chance.
    private static let sweep: Int64 = 1_000_003

    @Test("hands an entry out once, after its deadline and at the latest one slot later")
    func oneEntry() {
        for deadline in stride(from: Int64(0), through: Self.sweep, by: 9973) {
            var wheel = DeadlineWheel<Int>(sweep: Self.sweep, now: 0)
            wheel.insert(7, deadline: deadline, now: 0)
            var now: Int64 = 0
            while wheel.removeDue(at: now).isEmpty {
                #expect(wheel.count == 1)
                now += 1000
                guard now < 2 * Self.sweep else { break }
            }
            #expect(now > deadline)
            #expect(now <= deadline + wheel.slotWidth + 1000)
            #expect(wheel.count == 0)
            #expect(wheel.removeDue(at: now + 10 * Self.sweep).isEmpty)
        }
    }

    @Test("gives all entries back at once")
    func removeAll() {
        var wheel = DeadlineWheel<Int>(sweep: Self.sweep, now: 0)
        for entry in 0..<5 { wheel.insert(entry, deadline: Int64(entry) * Self.sweep / 4, now: 0) }
        #expect(wheel.removeAll().sorted() == [0, 1, 2, 3, 4])
        #expect(wheel.count == 0)
        #expect(wheel.removeDue(at: 2 * Self.sweep).isEmpty)
    }

    @Test("hands out what has no deadline once a sweep", arguments: [Int64.max, 1 << 62])
    func noDeadline(_ deadline: Int64) {
        var wheel = DeadlineWheel<Int>(sweep: Self.sweep, now: 5)
        wheel.insert(1, deadline: deadline, now: 5)
        #expect(wheel.removeDue(at: 5 + Self.sweep - wheel.slotWidth).isEmpty)
        #expect(wheel.removeDue(at: 5 + Self.sweep + wheel.slotWidth) == [1])
    }

    @Test("takes what is overdue already, and hands it out in the next slot")
    func overdue() {
        var wheel = DeadlineWheel<Int>(sweep: Self.sweep, now: 10 * Self.sweep)
        _ = wheel.removeDue(at: 10 * Self.sweep)
        wheel.insert(1, deadline: 3, now: 10 * Self.sweep)
        #expect(wheel.removeDue(at: 10 * Self.sweep).isEmpty)
        #expect(wheel.removeDue(at: 10 * Self.sweep + wheel.slotWidth) == [1])
    }

    @Test("does not hand out again what is inserted while it hands out, however late it is")
    func insertedAgain() {
        for late in [1, 2, 15, 16, 17, 18, 19, 100, 100_000] as [Int64] {
            var wheel = DeadlineWheel<Int>(sweep: Self.sweep, now: 0)
            for entry in 0..<18 { wheel.insert(entry, deadline: Int64(entry) * wheel.slotWidth, now: 0) }
            let now = late * wheel.slotWidth + wheel.slotWidth
            let due = wheel.removeDue(at: now)
            for entry in due { wheel.insert(entry, deadline: .max, now: now) }
            #expect(wheel.removeDue(at: now).isEmpty, "late by \(late) slots")
            #expect(wheel.count == 18)
            #expect(wheel.removeDue(at: now + Self.sweep / 2).allSatisfy { !due.contains($0) }, "late by \(late) slots")
            let rest = wheel.removeDue(at: now + Self.sweep + 2 * wheel.slotWidth)
            #expect(due.allSatisfy(rest.contains), "late by \(late) slots")
            #expect(wheel.count == 0)
        }
    }

    @Test("stands a clock that goes back")
    func backwards() {
        var wheel = DeadlineWheel<Int>(sweep: Self.sweep, now: 100 * Self.sweep)
        wheel.insert(1, deadline: .max, now: 100 * Self.sweep)
        _ = wheel.removeDue(at: 100 * Self.sweep)
        #expect(wheel.removeDue(at: 0).isEmpty)
        wheel.insert(2, deadline: 5, now: 0)
        #expect(wheel.removeDue(at: 99 * Self.sweep).isEmpty)
        #expect(Set(wheel.removeDue(at: 102 * Self.sweep)) == [1, 2])
    }

    @Test("is a wheel for every sweep", arguments: [-5, 0, 1, 15, 16, 17, 31, 1000, 2_000_000_000] as [Int64])
    func sweeps(_ sweep: Int64) {
        var wheel = DeadlineWheel<Int>(sweep: sweep, now: 1_000_000)
        #expect(wheel.slotWidth >= 1)
        wheel.insert(1, deadline: .max, now: 1_000_000)
        #expect(wheel.removeDue(at: 1_000_000 + wheel.sweep + wheel.slotWidth) == [1])
    }

    @Test(
        "visits nothing early, however the sweep divides into slots",
        arguments: [16, 17, 31, 47, 250, 255] as [Int64]
    )
    func divisions(_ sweep: Int64) {
        for now in 0..<40 as Range<Int64> {
            var wheel = DeadlineWheel<Int>(sweep: sweep, now: now)
            wheel.insert(1, deadline: .max, now: now)
            for instant in now..<(now + sweep) { #expect(wheel.removeDue(at: instant).isEmpty) }
            #expect(wheel.removeDue(at: now + sweep + wheel.slotWidth) == [1])
        }
    }

    @Test("agrees with a list of instants, whatever the clock does", arguments: 0..<40)
    func model(_ round: Int) {
        var random = SeededGenerator()
        print("deadline wheel: MENSHEN_TEST_SEED=\(random.seed)")
        let sweep = Int64.random(in: 16...100_000, using: &random)
        var now = Int64.random(in: 0...1_000_000, using: &random)
        var wheel = DeadlineWheel<Int>(sweep: sweep, now: now)
        var model = WheelModel(slotWidth: wheel.slotWidth, now: now)
        var nextEntry = 0
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<4:
                let ahead = Int64.random(in: -sweep...(3 * sweep), using: &random)
                wheel.insert(nextEntry, deadline: now + ahead, now: now)
                model.insert(nextEntry, wanted: min(now + ahead, now + sweep), now: now)
                nextEntry += 1
            case 4: now += Int64.random(in: 0...(40 * sweep), using: &random)
            case 5: now = max(0, now - Int64.random(in: 0...sweep, using: &random))
            default:
                now += Int64.random(in: 0...(2 * wheel.slotWidth), using: &random)
                let due = wheel.removeDue(at: now)
                let complaint = model.handedOut(due, now: now)
                #expect(complaint == nil, "seed \(random.seed), round \(round)")
                for entry in due where Bool.random(using: &random) {
                    wheel.insert(entry, deadline: .max, now: now)
                    model.insert(entry, wanted: now + sweep, now: now)
                }
            }
            #expect(wheel.count == model.count, "seed \(random.seed), round \(round)")
            if model.failed { return }
        }
    }

    /// What the loop does with it: a deadline moves while its entry stays where it is.
    @Test("misses no deadline that was set a sweep ahead by more than a slot", arguments: 0..<20)
    func movingDeadlines(_ round: Int) {
        var random = SeededGenerator()
        print("moving deadlines: MENSHEN_TEST_SEED=\(random.seed)")
        let sweep = Int64.random(in: 1000...100_000, using: &random)
        var now: Int64 = 12345
        var wheel = DeadlineWheel<Int>(sweep: sweep, now: now)
        var deadlines = [Int64](repeating: .max, count: 50)
        var visited = [Int64](repeating: now, count: 50)
        for entry in deadlines.indices { wheel.insert(entry, deadline: .max, now: now) }
        let step = wheel.slotWidth
        for _ in 0..<3000 {
            now += Int64.random(in: 1...step, using: &random)
            for entry in wheel.removeDue(at: now) {
                #expect(now - visited[entry] <= sweep + 2 * step, "seed \(random.seed)")
                visited[entry] = now
                if deadlines[entry] <= now {
                    #expect(now - deadlines[entry] <= 2 * step, "seed \(random.seed), missed a deadline")
                    deadlines[entry] = .max
                }
                wheel.insert(entry, deadline: deadlines[entry], now: now)
            }
            let moved = Int.random(in: deadlines.indices, using: &random)
            let ahead = Int64.random(in: sweep...(4 * sweep), using: &random)
            deadlines[moved] = Bool.random(using: &random) ? .max : now + ahead
        }
        #expect(wheel.count == deadlines.count)
        #expect(deadlines.allSatisfy { $0 > now - 2 * step }, "seed \(random.seed)")
    }
}

/// Each entry with the instant it waits for, searched as a whole each time.
private struct WheelModel {
    private var waiting: [Int: Entry] = [:]
    private let slotWidth: Int64
    /// The latest instant that anything was handed out for.
    private var latest: Int64
    private(set) var failed = false

    private struct Entry {
        var wanted: Int64
        /// How far the wheel had got when it came in.
        var since: Int64
        /// The clock had moved on, unseen by the wheel, when it came in: it may be visited early.
        var isLagging: Bool
    }

    var count: Int { waiting.count }

    init(slotWidth: Int64, now: Int64) {
        self.slotWidth = slotWidth
        latest = now
    }

    mutating func insert(_ entry: Int, wanted: Int64, now: Int64) {
        waiting[entry] = Entry(wanted: wanted, since: latest, isLagging: now / slotWidth > latest / slotWidth)
    }

    /// What is wrong with these being due, and no others.
    mutating func handedOut(_ due: [Int], now: Int64) -> String? {
        func complain(_ text: String) -> String {
            failed = true
            return text
        }
        for entry in due {
            guard let known = waiting.removeValue(forKey: entry) else { return complain("\(entry) is not waiting") }
            guard known.isLagging || known.wanted < now else { return complain("\(entry) is early") }
        }
        latest = max(latest, now)
        for (entry, known) in waiting
        where max(known.wanted, known.since).addingReportingOverflow(slotWidth).partialValue <= now {
            return complain("\(entry) is late")
        }
        return nil
    }
}
