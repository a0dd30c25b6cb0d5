package import Configuration
package import HTTPWire
import NIOCore

/// A service of routes.json as one worker sees it.
package struct ServiceGroup {
    /// The name in routes.json, for the log.
    package let nameBytes: [UInt8]
    package let firstByteTimeout: Int64
    package let idleTimeout: Int64
    package let unauthorized: ServiceUnauthorizedPolicy
    private let targets: [UpstreamTarget]
    private var next = 0

    /// Idle connections that one worker keeps to one target.
    private static let idleLimit = 256

    /// - Parameter tls: for the https targets, where there are any.
    package init(
        name: String,
        _ service: ServiceConfiguration,
        tls: ServiceTLS?,
        loop: LoopContext,
        limits: HTTPLimits
    ) {
        nameBytes = Array(name.utf8)
        firstByteTimeout = service.timeouts.firstByte.nanoseconds
        idleTimeout = service.timeouts.idle.nanoseconds
        unauthorized = service.serviceUnauthorized
        targets = service.targets.map { target in
            let address = UpstreamTarget.Address(host: target.host, port: target.port, isSecure: target.isSecure)
            return UpstreamTarget(
                address: address,
                security: target.isSecure ? tls.map { TargetSecurity($0, address: address) } : nil,
                loop: loop,
                connectTimeout: .nanoseconds(service.timeouts.connect.nanoseconds),
                idleLifetime: service.timeouts.keepAlive.nanoseconds,
                idleLimit: ServiceGroup.idleLimit,
                limits: limits
            )
        }
    }

    /// The target for the next request, in turn; `nil` only for a service without targets, which `check` refuses.
    package mutating func nextTarget() -> UpstreamTarget? {
        guard !targets.isEmpty else { return nil }
        if next >= targets.count {
            next = 0
        }
        defer { next += 1 }
        return targets[next]
    }

    package func closeIdle() {
        for target in targets {
            target.closeIdle()
        }
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what 64 bits hold.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}
