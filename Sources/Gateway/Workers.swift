import Configuration
import NIOConcurrencyHelpers
import NIOCore
import Sessions

/// The workers, one per event loop, as the rest of the process uses them.
struct Workers: Sendable {
    private let bound: [NIOLoopBound<Worker>]
    /// The logs, for their counters.
    let logs: GatewayLogs

    init(_ bound: [NIOLoopBound<Worker>], logs: GatewayLogs) {
        self.bound = bound
        self.logs = logs
    }

    /// The worker of a loop; called on that loop.
    func worker(on eventLoop: any EventLoop) -> Worker? {
        for entry in bound where entry.eventLoop === eventLoop {
            return entry.value
        }
        return nil
    }

    /// Runs something on each worker, and is done when it has run on all.
    func forEach(_ body: @escaping @Sendable (Worker) -> Void) async throws {
        for entry in bound {
            try await entry.eventLoop.submit { body(entry.value) }.get()
        }
    }

    /// Hands changes to each worker; `done` runs on the loop of the last one that takes them.
    func publish(_ changes: [SessionChange], done: @escaping @Sendable () -> Void) {
        let left = NIOLockedValueBox(bound.count)
        for entry in bound {
            entry.eventLoop.execute {
                entry.value.take(changes)
                let isLast = left.withLockedValue { left in
                    left -= 1
                    return left == 0
                }
                if isLast { done() }
            }
        }
    }

    /// Runs something on each worker, some time.
    func deliver(_ body: @escaping @Sendable (Worker) -> Void) {
        for entry in bound { entry.eventLoop.execute { body(entry.value) } }
    }

    /// The workers' token verdicts, added up; `completion` runs on the loop of the last worker.
    func verdicts(_ completion: @escaping @Sendable ([(name: String, count: Int)]) -> Void) {
        let sums = NIOLockedValueBox((left: bound.count, named: [(name: String, count: Int)]()))
        for entry in bound {
            entry.eventLoop.execute {
                let named = entry.value.verdicts.named
                let all = sums.withLockedValue { sums -> [(name: String, count: Int)]? in
                    sums.named =
                        sums.named.isEmpty ? named : zip(sums.named, named).map { ($0.name, $0.count + $1.count) }
                    sums.left -= 1
                    return sums.left == 0 ? sums.named : nil
                }
                if let all { completion(all) }
            }
        }
    }

    /// The workers' counters of services and targets, added up, and the rate limits; `completion` runs on the loop of the
    /// last worker. Workers may be in different generations for a moment.
    func counts(_ completion: @escaping @Sendable ([NamedCount], RateLimits) -> Void) {
        let sums = NIOLockedValueBox((left: bound.count, counts: NamedCounts()))
        for entry in bound {
            entry.eventLoop.execute {
                let snapshot = entry.value.snapshot
                let counts = snapshot.clusters.flatMap(\.counts)
                let all = sums.withLockedValue { sums -> [NamedCount]? in
                    sums.counts.add(counts)
                    sums.left -= 1
                    return sums.left == 0 ? sums.counts.all : nil
                }
                if let all { completion(all, snapshot.rateLimits) }
            }
        }
    }

    /// Puts another generation in force: made on every worker first, and dropped everywhere if one of them fails.
    func adopt(_ generation: Generation) async throws {
        do {
            for entry in bound {
                try await entry.eventLoop.submit { try entry.value.prepare(generation) }.get()
            }
        } catch {
            try await forEach { $0.dropPrepared() }
            throw error
        }
        try await forEach { $0.adoptPrepared() }
    }

    /// Lets every worker keep no connection, and serve on; returns when each had no client for a moment, or after the
    /// time-out.
    func settle(within limit: TimeAmount) async {
        await end { $0.settle($1, within: limit) }
    }

    /// Lets every worker complete its requests; returns when all have, or after the time-out.
    func drain(within limit: TimeAmount) async {
        await end { $0.drain($1, within: limit) }
    }

    private func end(_ body: @escaping @Sendable (Worker, EventLoopPromise<Void>) -> Void) async {
        let endings = bound.map { entry in
            entry.eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
                let ended = entry.eventLoop.makePromise(of: Void.self)
                body(entry.value, ended)
                return ended.futureResult
            }
        }
        for ending in endings {
            do {
                try await ending.get()
            } catch {
                // The loop has ended, and its connections with it.
                continue
            }
        }
    }
}
