import Configuration
import HTTPWire
import NIOCore

/// A service of routes.json as one worker sees it: its targets, and which of them gets a request.
///
/// Belongs to one loop and is touched only there.
final class Cluster {
    /// The name in routes.json, for the log.
    let nameBytes: [UInt8]
    let unauthorized: ServiceUnauthorizedPolicy
    let targets: [UpstreamTarget]
    let state: ClusterState
    let configuration: ServiceConfiguration
    let balance: BalanceMethod
    /// A request's key decides.
    let isHashed: Bool
    /// The name of the header whose value is the key, in lower case; empty where another thing is.
    let hashHeader: [UInt8]
    /// How often an idempotent request may be sent; 1 where `retries` are off.
    let sendLimit: Int
    /// A connection serves several requests.
    let reusesConnections: Bool
    var counters = ServiceCounters()

    let loop: LoopContext
    let breakerRules: CircuitBreaker.Rules?
    /// One target and nothing that could keep requests from it.
    private let isPlain: Bool
    /// Whether outcomes feed a circuit breaker or outlier detection.
    let isWatched: Bool
    /// Neither health checks nor ejections tell operators of a target that fails.
    private let reportsFaults: Bool
    /// Empty where nothing is ejected.
    var detectors: [OutlierDetector] = []
    var random = Xoshiro()
    var healthChecker: HealthChecker?

    // The available targets, as of ``seenVersion``.
    private var seenVersion: UInt64 = .max
    /// When availability must be computed anew without a change of the shared state, in nanoseconds.
    private var staleAt: Int64 = .min
    private(set) var available: TargetSet
    private var recoveredAt: [Int64?]
    private var weights: [Int]
    private let seeds: [UInt64]
    private var turns: SmoothRoundRobin

    // The limit of connections; `Cluster+Connections.swift`.
    var queue = WaitQueue<Waiter>()
    var openConnections = 0
    var isQueueScheduled = false
    /// Requests that have not been credited to the retry budget yet.
    private var unearned = 0

    /// Idle connections that one worker keeps to one target.
    private static let idleLimit = 256
    /// The interval at which growing weights are updated.
    private static let rampStep: Int64 = 100_000_000
    /// Beyond any count that is worth a report.
    private static let faultLimit = 100
    /// Requests between two words to the budget.
    private static let earningStep = 16

    /// - Parameter tls: for the https targets, where there are any.
    init(
        name: String,
        _ service: ServiceConfiguration,
        tls: ServiceTLS?,
        state: ClusterState,
        resolver: NameResolver,
        loop: LoopContext,
        limits: HTTPLimits
    ) {
        nameBytes = Array(name.utf8)
        configuration = service
        balance = service.balance
        if case .hash(let key) = service.balance {
            isHashed = true
            if case .header(let name) = key { hashHeader = Array(name.utf8) } else { hashHeader = [] }
        } else {
            isHashed = false
            hashHeader = []
        }
        sendLimit = service.retries?.attempts ?? 1
        reusesConnections = service.reuseConnections
        self.state = state
        self.loop = loop
        unauthorized = service.serviceUnauthorized
        breakerRules = service.breaker.map { CircuitBreaker.Rules($0) }
        targets = service.targets.enumerated().map { index, target in
            let address = UpstreamTarget.Address(target.address)
            return UpstreamTarget(
                index: index,
                address: address,
                security: target.address.isSecure ? tls.map { TargetSecurity($0, address: address) } : nil,
                loop: loop,
                idleLifetime: service.timeouts.keepAlive.nanoseconds,
                connectionAge: service.timeouts.connectionAge?.nanoseconds,
                idleLimit: Cluster.idleLimit,
                limits: limits
            )
        }
        let count = targets.count
        isPlain = count == 1 && service.health == nil
        isWatched = service.ejection != nil || service.breaker != nil
        reportsFaults = service.health == nil && service.ejection == nil
        if let rules = service.ejection { detectors = Array(repeating: OutlierDetector(rules), count: count) }
        available = TargetSet(first: count)
        recoveredAt = Array(repeating: nil, count: count)
        weights = service.targets.map { $0.weight * SlowStart.full }
        seeds = service.targets.map { Rendezvous.key(Array($0.address.description.utf8).span) }
        turns = SmoothRoundRobin(count: count)
        for target in targets {
            target.cluster = self
            target.followName(with: resolver)
        }
        if service.connections != nil { subscribeToState() }
    }

    /// Puts the process's health questions from this worker, if no other does.
    func startHealthChecks() {
        guard let rules = configuration.health, state.claimHealthChecks() else { return }
        healthChecker = HealthChecker(rules, cluster: self)
        healthChecker?.start()
    }

    // MARK: - Which target

    /// Chooses the target for a request.
    ///
    /// - Parameters:
    ///   - key: the key for balancing by hash; nil if the request has none.
    ///   - tried: targets to exclude, since the request was sent to them before.
    /// - Returns: nil if no target is left.
    func target(key: UInt64?, tried: TargetSet) -> UpstreamTarget? {
        if isPlain { return tried.isEmpty ? targets[0] : nil }
        refresh()
        var candidates = available
        if candidates.isEmpty, configuration.whenAllDown == .tryAny { candidates = TargetSet(first: targets.count) }
        candidates = candidates.subtracting(tried)
        return pick(key: key, among: candidates).map { targets[$0] }
    }

    private func pick(key: UInt64?, among candidates: TargetSet) -> Int? {
        switch balance {
        case .leastRequest:
            return LeastRequest.pick(
                weights: weights,
                active: { targets[$0].active },
                among: candidates,
                using: &random
            )
        case .hash:
            guard let key else { fallthrough }
            return Rendezvous.pick(key: key, seeds: seeds, weights: weights, among: candidates)
        case .roundRobin:
            return turns.pick(weights: weights, among: candidates)
        }
    }

    /// Recomputes which targets are available, if the shared state changed or a deadline passed.
    private func refresh() {
        let version = state.version
        guard version != seenVersion || loop.now >= staleAt else { return }
        let isFirst = seenVersion == .max
        seenVersion = version
        staleAt = .max
        let unhealthy = state.unhealthy
        let duration = configuration.slowStart.nanoseconds
        for index in targets.indices {
            let until = detectors.isEmpty ? 0 : state.ejection(of: index).until
            let isGone = unhealthy.contains(index) || until > loop.now
            if until > loop.now { staleAt = min(staleAt, until) }
            if isGone {
                available.remove(index)
                recoveredAt[index] = nil
                continue
            }
            if !available.contains(index) {
                available.insert(index)
                turns.reset(index)
                if !isFirst { recoveredAt[index] = loop.now }
                if !detectors.isEmpty { detectors[index].reset() }
            }
            let elapsed = recoveredAt[index].map { loop.now - $0 }
            weights[index] = SlowStart.weight(
                configuration.targets[index].weight,
                elapsed: elapsed,
                duration: duration
            )
            guard let elapsed else { continue }
            if elapsed >= duration {
                recoveredAt[index] = nil
            } else {
                staleAt = min(staleAt, loop.now + Cluster.rampStep)
            }
        }
    }

    // MARK: - What became of it

    /// Whether a request may go out now.
    func admit() -> CircuitBreaker.Admission {
        guard let breakerRules else { return .pass }
        return state.admit(now: loop.now, rules: breakerRules)
    }

    /// Counts a request of a client, which earns a part of a retry.
    func countRequest() {
        counters.requests &+= 1
        guard sendLimit > 1, let retries = configuration.retries else { return }
        unearned += 1
        if unearned >= Cluster.earningStep { depositEarnedRetries(retries) }
    }

    private func depositEarnedRetries(_ retries: RetriesConfiguration) {
        state.earnRetries(requests: unearned, percent: retries.budget)
        unearned = 0
    }

    /// Takes one retry out of the budget; false where it is spent.
    func takeRetry() -> Bool {
        guard sendLimit > 1, let retries = configuration.retries else { return false }
        depositEarnedRetries(retries)
        if state.takeRetry(now: loop.now) { return true }
        counters.retriesDenied &+= 1
        return false
    }

    /// Whether a response with this status is retried.
    func isRetried(after status: Int) -> Bool {
        sendLimit > 1 && configuration.retries?.on.contains(status) == true
    }

    /// Records the outcome of a request at a target.
    func record(_ outcome: ServiceOutcome, at target: UpstreamTarget, isProbe: Bool) {
        target.counters.count(outcome)
        if reportsFaults { report(outcome, of: target) }
        guard isWatched else { return }
        if let breakerRules {
            state.record(outcome.forBreaker, isProbe: isProbe, now: loop.now, rules: breakerRules)
        }
        guard let rules = configuration.ejection, outcome.forBreaker != .none else { return }
        let shouldGo = detectors[target.index].record(isFailure: outcome.forBreaker == .failure, now: loop.now)
        guard shouldGo, state.eject(target.index, now: loop.now, rules: rules) else { return }
        detectors[target.index].reset()
        target.counters.ejections &+= 1
    }

    /// Tells operators of a target that fails, and that it responds again.
    private func report(_ outcome: ServiceOutcome, of target: UpstreamTarget) {
        switch outcome {
        case .abandoned:
            break
        case .status:
            guard target.faultsInRow > 0 else { return }
            target.faultsInRow = 0
            state.reportResponse(of: target.index)
        case .fault(let fault):
            guard let count = fault.countToReport else { return }
            target.faultsInRow = min(target.faultsInRow + 1, Cluster.faultLimit)
            guard target.faultsInRow >= count else { return }
            state.reportFailure(of: target.index, fault, now: loop.now)
        }
    }

    /// Ends the cluster with its worker. Targets and cluster retain each other until then.
    func end() {
        closeIdle()
        for target in targets { target.end() }
    }

    func closeIdle() {
        healthChecker?.stop()
        for target in targets {
            target.closeIdle()
        }
    }
}
