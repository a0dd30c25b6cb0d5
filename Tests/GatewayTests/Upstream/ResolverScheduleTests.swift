import NIOCore
import RandomJSON
import Testing

@testable import Gateway

@Suite("Which name is asked when")
struct ResolverScheduleTests {
    /// Computed: a box that only an enum in a global holds is a leak to LeakSanitizer.
    private static var found: AddressBook.LookupResult { .found([SocketAddress(unixPath: "/a")]) }
    private static let millisecond: Int64 = 1_000_000

    private static func schedule(_ names: Int, threads: Int = 4, prompt: Int = 2) -> ResolverSchedule {
        var limits = ResolverSchedule.Limits()
        limits.threads = threads
        limits.prompt = prompt
        limits.grace = 100 * millisecond
        limits.requestTimeout = 1000 * millisecond
        var schedule = ResolverSchedule(limits)
        for index in 0..<names { #expect(schedule.add("name\(index)") == index) }
        return schedule
    }

    @Test("a name is added once, and asked once at a time")
    func once() {
        var schedule = Self.schedule(1)
        #expect(schedule.add("name0") == 0)
        #expect(schedule.next(now: 0) == .lookUp(0))
        #expect(schedule.next(now: 0) == .wait(until: 100 * Self.millisecond))
        // However long it takes.
        #expect(schedule.giveUpOverdue(now: 1000 * Self.millisecond, jitter: 0) == [0])
        #expect(schedule.next(now: AddressBook.interval * 2) == .wait(until: nil))
        #expect(schedule.finished(0, Self.found, now: 0, jitter: 0) == true)
        #expect(schedule.next(now: 0) == .wait(until: AddressBook.interval))
        #expect(schedule.next(now: AddressBook.interval) == .lookUp(0))
    }

    @Test("a name that nobody follows any more is not asked")
    func unfollowed() {
        var schedule = Self.schedule(1)
        #expect(schedule.add("name0") == 0)
        schedule.remove(0)
        #expect(schedule.next(now: 0) == .lookUp(0))
        #expect(schedule.finished(0, Self.found, now: 0, jitter: 0) == true)
        schedule.remove(0)
        #expect(schedule.next(now: AddressBook.interval) == .wait(until: nil))
        // What is known stays for whoever follows it next.
        #expect(schedule.add("name0") == 0)
        #expect(schedule.names[0].book.isKnown)
        #expect(schedule.next(now: AddressBook.interval) == .lookUp(0))
    }

    @Test("only so many run at once, until some are stuck, and never more than there may be threads")
    func bounds() {
        var schedule = Self.schedule(9)
        let stuck = 100 * Self.millisecond
        let first = [schedule.next(now: 0), schedule.next(now: 0)]
        #expect(first == [.lookUp(0), .lookUp(1)])
        #expect(schedule.next(now: 1) == .wait(until: stuck))
        let second = [schedule.next(now: stuck), schedule.next(now: stuck)]
        #expect(second == [.lookUp(2), .lookUp(3)])
        // All threads are occupied; what comes next is that the first are given up.
        #expect(schedule.next(now: 2 * stuck) == .wait(until: 1000 * Self.millisecond))
        #expect(schedule.running == 4)
        _ = schedule.finished(1, .notFound, now: 2 * stuck, jitter: 0)
        #expect(schedule.next(now: 2 * stuck) == .lookUp(4))
    }

    @Test("giving up is told once and only of names of which nothing is known; the thread stays occupied")
    func givingUp() {
        var schedule = Self.schedule(2)
        _ = schedule.next(now: 0)
        _ = schedule.next(now: 0)
        #expect(schedule.finished(1, Self.found, now: 0, jitter: 0) == true)
        let again = AddressBook.interval
        #expect(schedule.giveUpOverdue(now: again, jitter: 0) == [0])
        #expect(schedule.names[0].book.isKnown && schedule.names[0].book.addresses.isEmpty)
        #expect(schedule.next(now: again) == .lookUp(1))
        #expect(schedule.giveUpOverdue(now: 2 * again, jitter: 0) == [])
        #expect(schedule.names[1].book.addresses.count == 1)
        #expect(schedule.running == 2)
        // A late no says nothing new, a late address does.
        #expect(schedule.finished(0, .notFound, now: 2 * again, jitter: 0) == false)
        #expect(schedule.finished(1, Self.found, now: 2 * again, jitter: 0) == false)
        #expect(schedule.finished(1, Self.found, now: 2 * again, jitter: 0) == false, "nothing runs")
        #expect(schedule.finished(7, Self.found, now: 2 * again, jitter: 0) == false, "no such name")
    }

    @Test("names that were stuck hold half of the threads, and those that answer are asked before them")
    func halves() {
        var schedule = Self.schedule(5, threads: 4, prompt: 4)
        let late = 200 * Self.millisecond
        for _ in 0..<4 { _ = schedule.next(now: 0) }
        for index in 0..<4 { _ = schedule.finished(index, .notFound, now: late, jitter: 0) }
        #expect(schedule.next(now: late) == .lookUp(4))
        _ = schedule.finished(4, Self.found, now: late, jitter: 0)
        let due = late + AddressBook.interval
        #expect(schedule.next(now: due) == .lookUp(4))
        let stuck = [schedule.next(now: due), schedule.next(now: due)]
        #expect(stuck == [.lookUp(0), .lookUp(1)])
        #expect(schedule.next(now: due) == .wait(until: due + 100 * Self.millisecond))
        // One that comes back in time is as good as any.
        _ = schedule.finished(0, .notFound, now: due, jitter: 0)
        #expect(schedule.names[0].wasStuck == false)
        #expect(schedule.next(now: due) == .lookUp(2))
    }

    @Test("with more dead zones than threads, names that answer are asked in time")
    func manyDeadZones() {
        let (dead, live, limit) = (40, 5, 10_000 * Self.millisecond)
        var schedule = Self.schedule(dead + live, threads: 8, prompt: 4)
        var running: [(index: Int, ends: Int64)] = []
        var latest: Int64 = 0
        var asked = [Int](repeating: 0, count: dead + live)
        let step = 50 * Self.millisecond
        for now in stride(from: 0, to: 300_000 * Self.millisecond, by: Int(step)) {
            for question in running where question.ends <= now {
                let answer: AddressBook.LookupResult = question.index < dead ? .notFound : Self.found
                _ = schedule.finished(question.index, answer, now: now, jitter: 0)
            }
            running.removeAll { $0.ends <= now }
            _ = schedule.giveUpOverdue(now: now, jitter: 0)
            let due = schedule.names.map(\.book.nextLookup)
            while case .lookUp(let index) = schedule.next(now: now) {
                asked[index] += 1
                running.append((index, now + (index < dead ? limit : step)))
                if index >= dead, asked[index] > 1 { latest = max(latest, now - due[index]) }
            }
            #expect(schedule.running == running.count && running.count <= 8)
        }
        // The place of a question that is not stuck yet is all that a live name waits for.
        #expect(latest <= schedule.limits.grace, "a live name was asked late")
        #expect(asked.allSatisfy { $0 > 1 }, "a name was not asked again")
    }

    @Test("agrees with a simple model, whatever is answered in which order")
    func model() {
        var random = SeededGenerator()
        print("resolver schedule: MENSHEN_TEST_SEED=\(random.seed)")
        for _ in 0..<50 {
            let threads = Int.random(in: 1...6, using: &random)
            let prompt = Int.random(in: 1...threads, using: &random)
            var schedule = Self.schedule(Int.random(in: 1...12, using: &random), threads: threads, prompt: prompt)
            var since: [Int: Int64] = [:]
            var stuckBefore: Set<Int> = []
            var now: Int64 = 0
            for _ in 0..<300 {
                now += Int64.random(in: 0...300, using: &random) * Self.millisecond
                if let index = since.keys.sorted().randomElement(using: &random), Bool.random(using: &random) {
                    let isLate = now - (since[index] ?? now) >= schedule.limits.grace
                    if isLate { stuckBefore.insert(index) } else { stuckBefore.remove(index) }
                    since[index] = nil
                    let answer = Bool.random(using: &random) ? Self.found : .notFound
                    _ = schedule.finished(index, answer, now: now, jitter: 0)
                }
                let overdue = schedule.giveUpOverdue(now: now, jitter: 0)
                #expect(overdue.allSatisfy { now - (since[$0] ?? now) >= schedule.limits.requestTimeout })
                let stuck = since.values.count { now - $0 >= schedule.limits.grace }
                let slow = since.count { stuckBefore.contains($0.key) || now - $0.value >= schedule.limits.grace }
                switch schedule.next(now: now) {
                case .lookUp(let index):
                    #expect(since[index] == nil && since.count < threads && since.count - stuck < prompt)
                    #expect(!stuckBefore.contains(index) || slow < max(threads / 2, 1))
                    since[index] = now
                case .wait(let until):
                    #expect(until.map { $0 > now } ?? true, "seed \(random.seed)")
                }
                #expect(schedule.running == since.count)
            }
        }
    }
}

extension SocketAddress {
    /// An address that is like no other; the path fits.
    fileprivate init(unixPath: String) {
        guard let address = try? SocketAddress(unixDomainSocketPath: unixPath) else {
            preconditionFailure("the path does not fit")
        }
        self = address
    }
}
