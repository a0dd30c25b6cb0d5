import Configuration
import Logging
import TLS

/// TLS to services, made once for all workers.
extension GatewayDependencies {
    static func serviceTLS(_ configuration: GatewayConfiguration, log: LimitedLog) throws -> [String: ServiceTLS] {
        var all: [String: ServiceTLS] = [:]
        for (name, service) in configuration.services where service.targets.contains(where: \.address.isSecure) {
            do {
                all[name] = try ServiceTLS(service) { target, fault in
                    log.write(
                        LogKind(
                            .warning,
                            "no TLS connection to a service",
                            [
                                "service": name, "target": String(decoding: target, as: UTF8.self),
                                "why": "\(fault.label)",
                            ]
                        )
                    )
                }
            } catch {
                throw GatewayStartFailure(service: name, error)
            }
        }
        return all
    }
}
