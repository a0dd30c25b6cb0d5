import Configuration
import NIOConcurrencyHelpers
import Synchronization

/// What all workers share of one service: fixed words, made once, changed as a whole.
///
/// Requests to a service that has none of these options touch nothing here.
final class ClusterState: Sendable {
    private final class AtomicWord: Sendable {
        let value = Atomic<UInt64>(0)

        init(_ value: UInt64 = 0) { self.value.store(value, ordering: .relaxed) }

        /// Changes the word by compare-and-exchange. Returns what the body returned for the change that was stored.
        func change<Result>(_ body: (UInt64) -> (UInt64, Result)) -> Result {
            var old = value.load(ordering: .relaxed)
            while true {
                let (new, result) = body(old)
                if new == old { return result }
                let (exchanged, original) = value.weakCompareExchange(
                    expected: old,
                    desired: new,
                    ordering: .relaxed
                )
                if exchanged { return result }
                old = original
            }
        }
    }

    private let targetCount: Int
    private let changes = Atomic<UInt64>(0)
    private let down = Atomic<UInt64>(0)
    private let isEjecting = Atomic<Bool>(false)
    private let ejections: [AtomicWord]
    /// When the failure of each target was last reported, in seconds; 0: it responds.
    private let failures: [AtomicWord]
    private let budget = AtomicWord(RetryBudget().packed)
    private let breaker = AtomicWord(CircuitBreaker().packed)
    private let open = Atomic<Int>(0)
    private let waiting = Atomic<Int>(0)
    private let isHealthChecked = Atomic<Bool>(false)
    private let wakers = NIOLockedValueBox<[@Sendable () -> Void]>([])

    private let report: @Sendable (ServiceEvent) -> Void

    /// - Parameter report: receives events for operators; must not block.
    init(targets: Int, report: @escaping @Sendable (ServiceEvent) -> Void = { _ in }) {
        targetCount = targets
        self.report = report
        ejections = (0..<targets).map { _ in AtomicWord() }
        failures = (0..<targets).map { _ in AtomicWord() }
    }

    /// Goes up with every change of what follows, so that a worker looks only when there is something new.
    var version: UInt64 { changes.load(ordering: .acquiring) }

    // MARK: - Which targets are well

    /// The targets that health checks found unhealthy.
    var unhealthy: TargetSet { TargetSet(bits: down.load(ordering: .acquiring)) }

    func setHealth(of index: Int, isHealthy: Bool) {
        var bit = TargetSet()
        bit.insert(index)
        if isHealthy {
            down.bitwiseAnd(~bit.bits, ordering: .relaxed)
        } else {
            down.bitwiseOr(bit.bits, ordering: .relaxed)
        }
        changes.add(1, ordering: .releasing)
        report(.health(target: index, isHealthy: isHealthy))
    }

    /// When the ejection of a target ends, in nanoseconds; 0 where there was none.
    func ejection(of index: Int) -> Ejection {
        Ejection(packed: ejections[index].value.load(ordering: .acquiring))
    }

    /// Ejects a target, unless half of the targets are unavailable already.
    func eject(_ index: Int, now: Int64, rules: EjectionConfiguration) -> Bool {
        // One ejection at a time. A concurrent caller gives up: the next failure tries again.
        guard !isEjecting.exchange(true, ordering: .acquiring) else { return false }
        defer { isEjecting.store(false, ordering: .releasing) }
        var gone = unhealthy
        for other in ejections.indices where ejection(of: other).until > now { gone.insert(other) }
        guard !gone.contains(index), (gone.count + 1) * 2 <= targetCount else { return false }
        let until = ejections[index].change { packed in
            var ejection = Ejection(packed: packed)
            ejection.eject(now: now, base: rules.time.nanoseconds, maximum: rules.maximumTime.nanoseconds)
            return (ejection.packed, ejection.until)
        }
        changes.add(1, ordering: .releasing)
        report(.ejected(target: index, milliseconds: (until - now) / 1_000_000))
        return true
    }

    /// How often the failure of a target is reported while it goes on: a worker that saw it may have no further request.
    private static let reportInterval: UInt64 = 60

    /// Reports a target that fails: the change, and while it goes on once a minute.
    func reportFailure(of index: Int, _ fault: ServiceFault, now: Int64) {
        let second = UInt64(clamping: now / 1_000_000_000) &+ 1
        let isDue = failures[index].change { last in
            last == 0 || second >= last &+ ClusterState.reportInterval ? (second, true) : (last, false)
        }
        if isDue { report(.failing(target: index, fault)) }
    }

    /// Reports a target that responds again, if it failed.
    func reportResponse(of index: Int) {
        let hasFailed = failures[index].change { last in (0, last != 0) }
        if hasFailed { report(.responding(target: index)) }
    }

    /// True for the first caller: health checks run once per process.
    func claimHealthChecks() -> Bool { !isHealthChecked.exchange(true, ordering: .relaxed) }

    // MARK: - Retries and breaker

    func earnRetries(requests: Int, percent: Int) {
        budget.change { packed in
            var budget = RetryBudget(packed: packed)
            budget.deposit(requests: requests, percent: percent)
            return (budget.packed, ())
        }
    }

    func takeRetry(now: Int64) -> Bool {
        let second = UInt32(truncatingIfNeeded: now / 1_000_000_000)
        return budget.change { packed in
            var budget = RetryBudget(packed: packed)
            let isGranted = budget.withdraw(second: second)
            return (budget.packed, isGranted)
        }
    }

    func admit(now: Int64, rules: CircuitBreaker.Rules) -> CircuitBreaker.Admission {
        let (admission, phase) = breaker.change { packed in
            var breaker = CircuitBreaker(packed: packed)
            let before = breaker.phase
            let admission = breaker.admit(now: ClusterState.tenths(now), rules: rules)
            return (breaker.packed, (admission, breaker.phase == before ? nil : breaker.phase))
        }
        if let phase { report(.breaker(phase)) }
        return admission
    }

    func record(_ outcome: CircuitBreaker.Outcome, isProbe: Bool, now: Int64, rules: CircuitBreaker.Rules) {
        let phase = breaker.change { packed in
            var breaker = CircuitBreaker(packed: packed)
            let before = breaker.phase
            breaker.record(outcome, isProbe: isProbe, now: ClusterState.tenths(now), rules: rules)
            return (breaker.packed, breaker.phase == before ? nil : breaker.phase)
        }
        if let phase { report(.breaker(phase)) }
    }

    var breakerPhase: CircuitBreaker.Phase { CircuitBreaker(packed: breaker.value.load(ordering: .relaxed)).phase }

    private static func tenths(_ now: Int64) -> UInt32 { UInt32(truncatingIfNeeded: now / 100_000_000) }

    // MARK: - Connections and who waits for them

    var waitingCount: Int { waiting.load(ordering: .relaxed) }

    /// Counts a connection in, if there is room.
    func takeSlot(limit: Int) -> Bool {
        if open.add(1, ordering: .relaxed).newValue <= limit { return true }
        open.subtract(1, ordering: .relaxed)
        return false
    }

    func freeSlot() { open.subtract(1, ordering: .relaxed) }

    func enterQueue(limit: Int) -> Bool {
        if waiting.add(1, ordering: .relaxed).newValue <= limit { return true }
        waiting.subtract(1, ordering: .relaxed)
        return false
    }

    func leaveQueue() { waiting.subtract(1, ordering: .relaxed) }

    /// - Parameter wake: called on any thread when a worker should check its queue.
    func onChange(_ wake: @escaping @Sendable () -> Void) {
        wakers.withLockedValue { $0.append(wake) }
    }

    var workerCount: Int { wakers.withLockedValue { $0.count } }

    func wakeAll() {
        for wake in wakers.withLockedValue({ $0 }) { wake() }
    }
}
