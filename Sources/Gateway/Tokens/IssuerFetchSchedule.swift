/// When the keys of each issuer are fetched. This is a value without a clock or a network.
///
/// Keys are fetched at the start and then every hour. A failed fetch is retried after a minute. An unknown `kid`
/// requests an earlier fetch, but an issuer is fetched at most once a minute.
struct IssuerFetchSchedule {
    static let refreshInterval: Int64 = 3600
    static let shortestInterval: Int64 = 60

    private struct State {
        /// When it is fetched next; nil while it is being fetched.
        var due: Int64?
        /// When the last fetch began.
        var lastStart: Int64?
        /// A `kid` was unknown since the last fetch began.
        var isWanted = false
    }

    private var states: [Int: State]

    /// - Parameter issuers: those that are fetched, by their place in the rules.
    init(issuers: [Int], now: Int64) {
        states = Dictionary(issuers.map { ($0, State(due: now)) }) { first, _ in first }
    }

    /// The issuers to fetch now. Each is under way from here on, until `finished`.
    mutating func takeDue(now: Int64) -> [Int] {
        let due = states.filter { ($0.value.due ?? .max) <= now }.keys.sorted()
        for issuer in due { states[issuer] = State(due: nil, lastStart: now) }
        return due
    }

    /// A token came with a `kid` that this issuer's keys do not have.
    mutating func keyIsUnknown(_ issuer: Int, now: Int64) {
        guard let state = states[issuer] else { return }
        states[issuer]?.isWanted = true
        guard let due = state.due, let lastStart = state.lastStart else { return }
        // A clock that is set back must not delay the next fetch beyond its regular interval.
        states[issuer]?.due = min(due, max(lastStart + Self.shortestInterval, now))
    }

    /// A fetch ended.
    mutating func finished(_ issuer: Int, succeeded: Bool, now: Int64) {
        guard let state = states[issuer], state.due == nil, let lastStart = state.lastStart else { return }
        let isSoon = state.isWanted || !succeeded
        let wait = isSoon ? Self.shortestInterval : Self.refreshInterval
        states[issuer]?.due = max(lastStart + wait, now)
        states[issuer]?.isWanted = false
    }
}
