import NIOConcurrencyHelpers
import NIOCore
import Sessions

/// Where changes of sessions and users are handed to the workers, from whichever thread they come.
final class ChangePublisher: Sendable {
    private struct Publication {
        let changes: [SessionChange]
        let done: @Sendable () -> Void
    }

    private struct State {
        var workers: Workers?
        /// Changes from before the workers existed.
        var waiting: [Publication] = []
        /// The workers have ended.
        var isDetached = false
    }

    private let state = NIOLockedValueBox(State())

    /// Hands changes to every worker; `done` runs when the last one has taken them, on any thread.
    func publish(_ changes: [SessionChange], done: @escaping @Sendable () -> Void) {
        let (workers, isDetached) = state.withLockedValue { state -> (Workers?, Bool) in
            if state.workers == nil, !state.isDetached {
                state.waiting.append(Publication(changes: changes, done: done))
            }
            return (state.workers, state.isDetached)
        }
        workers?.publish(changes, done: done)
        if isDetached { done() }
    }

    /// Attaches the workers and publishes the waiting changes, in order.
    func attach(_ workers: Workers) {
        while true {
            let waiting = state.withLockedValue { state -> [Publication] in
                let waiting = state.waiting
                state.waiting = []
                if waiting.isEmpty { state.workers = workers }
                return waiting
            }
            if waiting.isEmpty { return }
            for publication in waiting { workers.publish(publication.changes, done: publication.done) }
        }
    }

    /// Detaches the workers, which have ended. They retain the objects that lead to this one, which retained them.
    func detach() {
        let waiting = state.withLockedValue { state in
            defer { state = State(isDetached: true) }
            return state.waiting
        }
        for publication in waiting { publication.done() }
    }

    /// Runs something on each worker; nothing before there are workers.
    func deliver(_ body: @escaping @Sendable (Worker) -> Void) {
        state.withLockedValue { $0.workers }?.deliver(body)
    }

    /// What all workers found tokens to be, by name, summed up. `completion` runs on a worker's loop; at once with
    /// nothing before there are workers.
    func verdicts(_ completion: @escaping @Sendable ([(name: String, count: Int)]) -> Void) {
        guard let workers = state.withLockedValue({ $0.workers }) else { return completion([]) }
        workers.verdicts(completion)
    }

    /// What all workers counted of services and rate limits, as members of the operators' counters. `completion` runs on
    /// a worker's loop; at once with nothing before there are workers.
    func traffic(_ completion: @escaping @Sendable ([(name: String, json: [UInt8])]) -> Void) {
        guard let workers = state.withLockedValue({ $0.workers }) else { return completion([]) }
        workers.counts { counts, rateLimits in
            completion(TrafficCounters.members(counts, rateLimits.tableCounts, workers.logs))
        }
    }
}
