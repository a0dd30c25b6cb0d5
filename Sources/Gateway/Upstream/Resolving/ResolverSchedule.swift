import NIOCore

/// Which name is asked next, and how many questions run at once.
///
/// Each running question occupies a thread until `getaddrinfo` returns, which for a dead zone takes 10 s and more. So a
/// question is *stuck* once it runs for longer than ``Limits/grace``: then it no longer counts against
/// ``Limits/prompt``, and others begin beside it. Names whose last question was stuck share half of the threads. The
/// other half is left to those that answer. Only where more names get stuck at once than there are threads, as at the
/// start with that many dead zones, do others wait for one of those questions to end.
///
/// A value: time is an argument, in nanoseconds of a steady clock.
struct ResolverSchedule: Sendable {
    struct Limits: Sendable {
        /// Questions that run at once, stuck ones included: the bound of the threads.
        var threads = 128
        /// Questions that run at once and are not stuck.
        var prompt = 16
        /// How long a question may run before it is stuck.
        var grace: Int64 = 250_000_000
        /// How long a question may run before requests that wait for its answer fail.
        var requestTimeout: Int64 = 5_000_000_000
        /// Between two questions for one name that are answered.
        var interval = AddressBook.interval

        init() {}
    }

    enum Step: Sendable, Equatable {
        /// Ask for the name with this index now. It counts as running until ``answered(_:_:now:jitter:)``.
        case lookUp(Int)
        /// Nothing to do until that time; nil: until a name is added or a question answered.
        case wait(until: Int64?)
    }

    struct Name: Sendable {
        let host: String
        fileprivate(set) var book: AddressBook
        /// When the running question began; nil where none runs.
        fileprivate(set) var lookupStartedAt: Int64?
        /// The running question took too long: its waiting requests were told so.
        fileprivate(set) var isGivenUp = false
        /// The last question was stuck.
        fileprivate(set) var wasStuck = false

        /// The order among names that are due: those never asked, those that answer, those that were stuck.
        fileprivate var rank: Int { wasStuck ? 2 : book.isKnown ? 1 : 0 }
    }

    let limits: Limits
    private(set) var names: [Name] = []

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Questions that run.
    var running: Int { names.count { $0.lookupStartedAt != nil } }

    /// The index of a name, which is added where it is new.
    mutating func add(_ host: String) -> Int {
        if let index = names.firstIndex(where: { $0.host == host }) { return index }
        names.append(Name(host: host, book: AddressBook(interval: limits.interval)))
        return names.count - 1
    }

    /// What to do next. A name to ask is marked as running.
    mutating func next(now: Int64) -> Step {
        var running = 0
        var stuck = 0
        var wake = Int64.max
        for name in names {
            guard let lookupStartedAt = name.lookupStartedAt else { continue }
            running += 1
            if lookupStartedAt + limits.grace <= now {
                stuck += 1
            } else {
                wake = min(wake, lookupStartedAt + limits.grace)
            }
            if !name.isGivenUp { wake = min(wake, lookupStartedAt + limits.requestTimeout) }
        }
        let hasRoom = running < limits.threads && running - stuck < limits.prompt
        // Stuck before and running, or stuck now: both may hold a thread for long.
        let slow = names.count { name in
            name.lookupStartedAt.map { name.wasStuck || $0 + limits.grace <= now } ?? false
        }
        var chosen: Int?
        for index in names.indices where names[index].lookupStartedAt == nil {
            let name = names[index]
            guard name.book.nextLookup <= now else {
                wake = min(wake, name.book.nextLookup)
                continue
            }
            guard hasRoom, !name.wasStuck || slow < max(limits.threads / 2, 1) else { continue }
            if let best = chosen.map({ names[$0] }),
                (best.rank, best.book.nextLookup) <= (name.rank, name.book.nextLookup)
            {
                continue
            }
            chosen = index
        }
        guard let chosen else { return .wait(until: wake == .max ? nil : wake) }
        names[chosen].lookupStartedAt = now
        names[chosen].isGivenUp = false
        return .lookUp(chosen)
    }

    /// Gives up the questions that run for too long, each once; their threads stay occupied.
    ///
    /// - Returns: the names of which nothing was known: who waits for them has to be told.
    mutating func giveUpOverdue(now: Int64, jitter: Double) -> [Int] {
        var overdue: [Int] = []
        for index in names.indices where !names[index].isGivenUp {
            guard let lookupStartedAt = names[index].lookupStartedAt, lookupStartedAt + limits.requestTimeout <= now
            else { continue }
            names[index].isGivenUp = true
            if names[index].book.take(.notFound, now: now, jitter: jitter) { overdue.append(index) }
        }
        return overdue
    }

    /// Records the answer to a running question; true where what is known of the name changed.
    mutating func finished(_ index: Int, _ result: AddressBook.LookupResult, now: Int64, jitter: Double) -> Bool {
        guard names.indices.contains(index), let lookupStartedAt = names[index].lookupStartedAt else { return false }
        let wasGivenUp = names[index].isGivenUp
        names[index].lookupStartedAt = nil
        names[index].isGivenUp = false
        names[index].wasStuck = lookupStartedAt + limits.grace <= now
        // That nothing was found is what giving up said already.
        if wasGivenUp, case .notFound = result { return false }
        return names[index].book.take(result, now: now, jitter: jitter)
    }
}
