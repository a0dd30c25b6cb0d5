import Configuration
import HTTPWire

/// What the workers share on the way to the services of one generation of routes.json: the state of each cluster, and the
/// resolver of names.
final class Upstream: Sendable {
    private struct Service: Sendable {
        let configuration: ServiceConfiguration
        let state: ClusterState
        let tls: ServiceTLS?
    }

    private let services: [String: Service]
    private let limits: HTTPLimits
    private let resolver: SharedResolver

    /// - Parameters:
    ///   - tls: by the service's name, for those with https targets.
    ///   - limits: on the heads of responses.
    init(
        _ configuration: GatewayConfiguration,
        tls: [String: ServiceTLS],
        limits: HTTPLimits,
        log: LimitedLog,
        resolver: NameResolver
    ) {
        self.limits = limits
        self.resolver = SharedResolver(resolver)
        services = Upstream.services(configuration, tls: tls, kept: [:], log: log)
    }

    /// The generation after another one. A service that did not change keeps its state, and with it its clusters.
    init(
        _ configuration: GatewayConfiguration,
        tls: [String: ServiceTLS],
        limits: HTTPLimits,
        log: LimitedLog,
        after former: Upstream
    ) {
        self.limits = limits
        resolver = former.resolver
        let kept = limits.isSame(as: former.limits) ? former.services : [:]
        services = Upstream.services(configuration, tls: tls, kept: kept, log: log)
    }

    private static func services(
        _ configuration: GatewayConfiguration,
        tls: [String: ServiceTLS],
        kept: [String: Service],
        log: LimitedLog
    ) -> [String: Service] {
        Dictionary(
            uniqueKeysWithValues: configuration.services.map { name, service in
                if let former = kept[name], former.configuration == service { return (name, former) }
                let targets = service.targets.map(\.address.description)
                let state = ClusterState(targets: targets.count) {
                    $0.report(of: name, targets: targets, to: log)
                }
                return (name, Service(configuration: service, state: state, tls: tls[name]))
            }
        )
    }

    /// The clusters of one worker, by the number of the service.
    ///
    /// - Parameter former: the worker's clusters of the generation before; those of services that did not change go on.
    func clusters(
        _ configuration: GatewayConfiguration,
        loop: LoopContext,
        former: [ClusterLease] = []
    ) -> [ClusterLease] {
        configuration.serviceNames.compactMap { name in
            guard let service = services[name] else { return nil }
            if let kept = former.first(where: { $0.cluster.state === service.state }) { return kept }
            return ClusterLease(
                Cluster(
                    name: name,
                    service.configuration,
                    tls: service.tls,
                    state: service.state,
                    resolver: resolver.resolver,
                    loop: loop,
                    limits: limits
                )
            )
        }
    }

    /// No worker hears of names any more.
    func stop() { resolver.resolver.stop() }
}

/// Holds a worker's cluster for the generations of routes.json that have it. With the last one that some request or the
/// worker itself still holds, the cluster ends: idle connections close, those in use after their request.
final class ClusterLease {
    let cluster: Cluster

    init(_ cluster: Cluster) { self.cluster = cluster }

    deinit { cluster.end() }
}

/// The resolver of all generations; it stops with the last one.
private final class SharedResolver: Sendable {
    let resolver: NameResolver

    init(_ resolver: NameResolver) { self.resolver = resolver }

    deinit { resolver.stop() }
}

extension HTTPLimits {
    fileprivate func isSame(as other: HTTPLimits) -> Bool {
        requestLine == other.requestLine && headerBlock == other.headerBlock && headerCount == other.headerCount
    }
}
