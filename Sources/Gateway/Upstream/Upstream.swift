import Configuration
import HTTPWire

/// What the workers share for services: the state of each cluster, and the resolver.
final class Upstream: Sendable {
    private let states: [String: ClusterState]
    private let tls: [String: ServiceTLS]
    private let resolver: NameResolver

    /// - Parameter tls: by the service's name, for those with https targets.
    init(
        _ configuration: GatewayConfiguration,
        tls: [String: ServiceTLS],
        log: LimitedLog,
        resolver: NameResolver
    ) {
        states = Dictionary(
            uniqueKeysWithValues: configuration.services.map { name, service in
                let targets = service.targets.map(\.address.description)
                let state = ClusterState(targets: targets.count) {
                    $0.report(of: name, targets: targets, to: log)
                }
                return (name, state)
            }
        )
        self.tls = tls
        self.resolver = resolver
    }

    /// The services of one worker, by the numbers that routes have for them.
    func clusters(
        _ configuration: GatewayConfiguration,
        loop: LoopContext,
        limits: HTTPLimits
    ) -> [Cluster] {
        configuration.serviceNames.compactMap { name in
            guard let service = configuration.services[name], let state = states[name] else { return nil }
            return Cluster(
                name: name,
                service,
                tls: tls[name],
                state: state,
                resolver: resolver,
                loop: loop,
                limits: limits
            )
        }
    }

    /// Stops notifying workers of names.
    func stop() { resolver.stop() }

    deinit { resolver.stop() }
}
