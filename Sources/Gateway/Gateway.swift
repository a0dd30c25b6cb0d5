package import Configuration
package import Logging
import Login
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Sessions

/// A running gateway: listeners, workers, and the parts behind them.
///
/// `start` returns when requests are served; `stop` when the last one is.
package final class Gateway: Sendable {
    private let configuration: GatewayConfiguration
    private let group: MultiThreadedEventLoopGroup
    let workers: Workers
    private let dependencies: GatewayDependencies
    private let readiness: Readiness
    /// In force on all workers, but for the moment of a change.
    private let generation: NIOLockedValueBox<Generation>
    private let logs: GatewayLogs
    private let listeners: [Listener]
    private let logger: Logger

    /// The ports of the traffic listeners, in the configuration's order; the kernel's choice where it says 0.
    package let ports: [Int]
    /// The port of the admin listener.
    package let adminPort: Int?

    /// Opens store and listeners and serves.
    ///
    /// - Parameters:
    ///   - logger: must not block: event loops log too.
    ///   - operatorsLog: what the logger writes to, to be counted; nil: nothing is counted.
    package static func start(
        _ configuration: GatewayConfiguration,
        logger: Logger,
        operatorsLog: LogWriter? = nil
    ) async throws -> Gateway {
        try await start(configuration, logger: logger, operatorsLog: operatorsLog, resolver: NameResolver())
    }

    static func start(
        _ configuration: GatewayConfiguration,
        logger: Logger,
        operatorsLog: LogWriter?,
        resolver: NameResolver
    ) async throws -> Gateway {
        let count = configuration.workers ?? Processors.count
        try ThreadSupply.check(count + Gateway.otherThreads)
        let dependencies = try GatewayDependencies(configuration, logger: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        do {
            return try await Gateway(
                configuration,
                dependencies: dependencies,
                group: group,
                resolver: resolver,
                logger: logger,
                operatorsLog: operatorsLog
            )
        } catch {
            dependencies.stop()
            try await group.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ configuration: GatewayConfiguration,
        dependencies: GatewayDependencies,
        group: MultiThreadedEventLoopGroup,
        resolver: NameResolver,
        logger: Logger,
        operatorsLog: LogWriter?
    ) async throws {
        self.configuration = configuration
        self.dependencies = dependencies
        self.group = group
        self.logger = logger
        readiness = Readiness(isStoreAway: { dependencies.store.isDegraded })
        let descriptors = Descriptors.raiseLimit()
        let clients = min(configuration.limits.connections, Descriptors.clients(within: descriptors))
        if clients < configuration.limits.connections {
            logger.warning(
                "too few file descriptors for limits.connections: fewer connections are accepted",
                metadata: ["descriptors": "\(descriptors)", "connections": "\(clients)"]
            )
        }
        let spare = Descriptors.spare(within: descriptors)
        let pause: @Sendable () -> AcceptPause = { [log = dependencies.log] in
            AcceptPause(log: log) { Descriptors.areFree(spare) }
        }
        let logs = GatewayLogs(
            operators: operatorsLog,
            limited: dependencies.log,
            access: try Gateway.openAccessLog(configuration, log: dependencies.log)
        )
        self.logs = logs
        let generation = Generation(
            configuration,
            rules: dependencies.rules,
            identityKey: dependencies.identityKey,
            endpoints: dependencies.endpoints,
            upstream: Upstream(
                configuration,
                tls: dependencies.serviceTLS,
                limits: GatewaySettings.responseLimits(configuration),
                log: dependencies.log,
                resolver: resolver
            ),
            log: dependencies.log
        )
        self.generation = NIOLockedValueBox(generation)
        workers = try await Gateway.makeWorkers(
            generation,
            dependencies: dependencies,
            group: group,
            readiness: readiness,
            connectionLimit: ConnectionLimit(maximum: clients, refusals: Descriptors.refusals(within: descriptors)),
            logs: logs
        )
        dependencies.publisher.attach(workers)
        try await Gateway.loadRevocations(dependencies, readiness: readiness, group: group)
        var listeners: [Listener] = []
        do {
            for listener in configuration.listeners {
                listeners.append(
                    try await Listener(listener.address, side: .traffic, workers: workers, group: group, pause: pause)
                )
            }
            if let admin = configuration.admin {
                listeners.append(
                    try await Listener(admin.address, side: .admin, workers: workers, group: group, pause: pause)
                )
            }
        } catch {
            for listener in listeners { try await listener.close() }
            generation.upstream.stop()
            try await workers.forEach { $0.stop() }
            logs.access?.stop()
            throw error
        }
        self.listeners = listeners
        let bound = listeners.map { $0.port ?? 0 }
        ports = Array(bound.prefix(configuration.listeners.count))
        adminPort = configuration.admin == nil ? nil : bound.last
        readiness.markLoaded()
    }

    /// What the workers counted of services and targets, summed up; `completion` runs on a worker's loop.
    func serviceCounts(_ completion: @escaping @Sendable ([NamedCount]) -> Void) {
        workers.counts { counts, _ in completion(counts) }
    }

    /// Puts another configuration in force for every request that begins afterwards, on open connections too. Requests that
    /// run keep what they began with. Clusters, rate limits and verdicts whose own part did not change go on. Not to be
    /// called again before it has returned.
    ///
    /// It is about what a request needs. Listeners, workers, store, logs, apps and logins stay as they were at the start.
    ///
    /// - Throws: what is wrong with keys or certificates, ``GenerationFault`` where keys, issuers or lifetimes of tokens
    ///   changed; nothing has changed then.
    func adopt(_ configuration: GatewayConfiguration) async throws {
        let former = generation.withLockedValue { $0 }
        let next = try Generation(
            configuration,
            after: former,
            tls: try GatewayDependencies.serviceTLS(configuration, log: dependencies.log),
            log: dependencies.log
        )
        try await workers.adopt(next)
        generation.withLockedValue { $0 = next }
    }

    /// Reopens the access log's file, after a rotation.
    package func reopenLogs() {
        logs.access?.reopen()
    }

    /// An orderly end, within the configured time: `/readyz` says no, idle connections close, and whoever still comes is
    /// served, until those who were there are done or half of the time is over. Then the listeners close, and what runs
    /// has the rest of the time.
    package func stop() async throws {
        readiness.markDraining()
        logger.info("stopping")
        defer { dependencies.log.flush() }
        let limit = configuration.timeouts.drain.nanoseconds
        let begun = NIODeadline.now()
        await workers.settle(within: .nanoseconds(limit / 2))
        for listener in listeners { try await listener.turnAway() }
        let roundTrip = min(Listener.roundTrip, limit / 4)
        try await group.next().scheduleTask(in: .nanoseconds(roundTrip)) {}.futureResult.get()
        for listener in listeners { try await listener.close() }
        let left = TimeAmount.nanoseconds(limit) - (NIODeadline.now() - begun)
        await workers.drain(within: max(left, .nanoseconds(0)))
        generation.withLockedValue { $0 }.upstream.stop()
        try await workers.forEach { $0.stop() }
        dependencies.stop()
        logs.access?.stop()
        try await group.shutdownGracefully()
        logger.info("stopped")
    }

    // MARK: - Making

    /// Threads beside the workers, at most: those of tasks, logs, the store, names and calls.
    private static let otherThreads = 16

    /// How long the start waits for the store's word on what has ended. `/readyz` waits for it however long it takes.
    private static let revocationTimeout = TimeAmount.seconds(2)

    private static func loadRevocations(
        _ dependencies: GatewayDependencies,
        readiness: Readiness,
        group: MultiThreadedEventLoopGroup
    ) async throws {
        let eventLoop = group.next()
        let loaded = eventLoop.makePromise(of: Void.self)
        let isFirst = NIOLockedValueBox(true)
        let once: @Sendable () -> Void = {
            let first = isFirst.withLockedValue { first in
                defer { first = false }
                return first
            }
            if first { loaded.succeed(()) }
        }
        dependencies.endpoints.follow {
            readiness.markInformed()
            once()
        }
        eventLoop.scheduleTask(in: revocationTimeout) { once() }
        try await loaded.futureResult.get()
        dependencies.issuerKeys?.start(on: eventLoop)
        eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            dependencies.endpoints.tick()
            dependencies.log.tick()
        }
    }

    private static func openAccessLog(
        _ configuration: GatewayConfiguration,
        log: LimitedLog
    ) throws -> AccessLogWriter? {
        do {
            return try AccessLogWriter(configuration.accessLog) { fault in
                log.write(LogKind(.warning, "the access log cannot be written", ["fault": "\(fault)"]))
            }
        } catch {
            throw GatewayStartFailure(accessLog: configuration.accessLog, error)
        }
    }

    private static func makeWorkers(
        _ generation: Generation,
        dependencies: GatewayDependencies,
        group: MultiThreadedEventLoopGroup,
        readiness: Readiness,
        connectionLimit: ConnectionLimit,
        logs: GatewayLogs
    ) async throws -> Workers {
        var bound: [NIOLoopBound<Worker>] = []
        for eventLoop in group.makeIterator() {
            let worker = try await eventLoop.submit {
                let worker = try Worker(
                    eventLoop: eventLoop,
                    generation: generation,
                    readiness: readiness,
                    connectionLimit: connectionLimit,
                    issuerKeys: dependencies.issuerKeys,
                    log: AccessLogBuffer(logs.access)
                )
                worker.startTicking()
                for cluster in worker.snapshot.clusters { cluster.startHealthChecks() }
                return NIOLoopBound(worker, eventLoop: eventLoop)
            }.get()
            bound.append(worker)
        }
        return Workers(bound, logs: logs)
    }
}
