import NIOCore

/// Which name is looked up next, and how many lookups run at once.
///
/// Each running lookup occupies a thread until `getaddrinfo` returns, which takes 10 s and more for a dead zone. A
/// lookup is *stuck* once it runs longer than ``Limits/grace``: it then no longer counts against ``Limits/prompt``, and
/// others start beside it. Names whose last lookup was stuck share half of the threads; the other half is reserved for
/// names that resolve. Other names wait for a stuck lookup only if more names get stuck at once than there are threads,
/// for example at the start with that many dead zones.
///
/// This is a value: time is an argument, in nanoseconds of a monotonic clock.
struct ResolverSchedule: Sendable {
    struct Limits: Sendable {
        /// Questions that run at once, stuck ones included: the bound of the threads.
        var threads = 128
        /// Questions that run at once and are not stuck.
        var prompt = 16
        /// How long a question may run before it is stuck.
        var grace: Int64 = 250_000_000
        /// The time after which requests that wait for the lookup fail.
        var requestTimeout: Int64 = 5_000_000_000
        /// The interval between two successful lookups of a name.
        var interval = AddressBook.interval

        init() {}
    }

    enum Step: Sendable, Equatable {
        /// Look up the name with this index now. The lookup counts as running until ``finished(_:_:now:jitter:)``.
        case lookUp(Int)
        /// Nothing to do until that time; nil: until a name is added or a lookup finishes.
        case wait(until: Int64?)
    }

    struct Name: Sendable {
        let host: String
        /// Who follows it; a name that nobody follows is not looked up.
        fileprivate(set) var followers = 0
        fileprivate(set) var book: AddressBook
        /// When the running question began; nil where none runs.
        fileprivate(set) var lookupStartedAt: Int64?
        /// The running lookup took too long: the requests that waited have failed.
        fileprivate(set) var isGivenUp = false
        /// The last question was stuck.
        fileprivate(set) var wasStuck = false

        /// The order among names that are due: never looked up, resolving, stuck.
        fileprivate var rank: Int { wasStuck ? 2 : book.isKnown ? 1 : 0 }
    }

    let limits: Limits
    private(set) var names: [Name] = []

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Questions that run.
    var running: Int { names.count { $0.lookupStartedAt != nil } }

    /// The index of a name, which is added where it is new, for one more follower.
    mutating func add(_ host: String) -> Int {
        let index = names.firstIndex { $0.host == host } ?? names.count
        if index == names.count { names.append(Name(host: host, book: AddressBook(interval: limits.interval))) }
        names[index].followers += 1
        return index
    }

    /// One follower less.
    mutating func remove(_ index: Int) {
        guard names.indices.contains(index) else { return }
        names[index].followers = max(names[index].followers - 1, 0)
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
        // Names that were stuck before and run again, or are stuck now: both may occupy a thread for long.
        let slow = names.count { name in
            name.lookupStartedAt.map { name.wasStuck || $0 + limits.grace <= now } ?? false
        }
        var chosen: Int?
        for index in names.indices where names[index].lookupStartedAt == nil && names[index].followers > 0 {
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

    /// Gives up on lookups that run too long, once each. Their threads stay occupied.
    ///
    /// - Returns: the names without known addresses, whose followers must be notified.
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

    /// Records the result of a running lookup; true if the known addresses of the name changed.
    mutating func finished(_ index: Int, _ result: AddressBook.LookupResult, now: Int64, jitter: Double) -> Bool {
        guard names.indices.contains(index), let lookupStartedAt = names[index].lookupStartedAt else { return false }
        let wasGivenUp = names[index].isGivenUp
        names[index].lookupStartedAt = nil
        names[index].isGivenUp = false
        names[index].wasStuck = lookupStartedAt + limits.grace <= now
        // Giving up has recorded the same result already.
        if wasGivenUp, case .notFound = result { return false }
        return names[index].book.take(result, now: now, jitter: jitter)
    }
}
