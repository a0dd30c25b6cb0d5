import Configuration
import HTTPWire

/// What the workers share on the way to services: one board for each, and the resolver of names.
final class Upstream: Sendable {
    private let boards: [String: ServiceBoard]
    private let tls: [String: ServiceTLS]
    private let resolver: NameResolver

    /// - Parameter tls: by the service's name, for those with https targets.
    init(
        _ configuration: GatewayConfiguration,
        tls: [String: ServiceTLS],
        log: LimitedLog,
        resolver: NameResolver
    ) {
        boards = Dictionary(
            uniqueKeysWithValues: configuration.services.map { name, service in
                let targets = service.targets.map(\.address.description)
                let board = ServiceBoard(targets: targets.count) {
                    $0.report(of: name, targets: targets, to: log)
                }
                return (name, board)
            }
        )
        self.tls = tls
        self.resolver = resolver
    }

    /// The services of one worker, by the numbers that routes have for them.
    func groups(
        _ configuration: GatewayConfiguration,
        loop: LoopContext,
        limits: HTTPLimits
    ) -> [ServiceGroup] {
        configuration.serviceNames.compactMap { name in
            guard let service = configuration.services[name], let board = boards[name] else { return nil }
            return ServiceGroup(
                name: name,
                service,
                tls: tls[name],
                board: board,
                resolver: resolver,
                loop: loop,
                limits: limits
            )
        }
    }

    /// No worker hears of names any more.
    func stop() { resolver.stop() }

    deinit { resolver.stop() }
}
