import Configuration
import Logging
import TLS

/// TLS to services, made once for all workers.
extension Assembly {
    static func serviceTLS(_ configuration: GatewayConfiguration, logger: Logger) throws -> [String: ServiceTLS] {
        var all: [String: ServiceTLS] = [:]
        for (name, service) in configuration.services where service.targets.contains(where: \.address.isSecure) {
            let reporter = FaultReporter()
            do {
                all[name] = try ServiceTLS(service) { target, fault in
                    reporter.report { heldBack in
                        logger.warning(
                            "no TLS connection to a service",
                            metadata: [
                                "service": "\(name)", "target": "\(String(decoding: target, as: UTF8.self))",
                                "why": "\(fault.word)", "heldBack": "\(heldBack)",
                            ]
                        )
                    }
                }
            } catch {
                throw GatewayStartFailure(service: name, error)
            }
        }
        return all
    }
}
