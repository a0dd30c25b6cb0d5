import Cryptography
import JSON

/// The parts of a service against each other.
struct ServiceChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        var used = Set(configuration.routes.map(\.service))
        if let resolver = configuration.users.resolve {
            used.insert(resolver.service)
            checkResolver(configuration.services[resolver.service])
        }
        used.formUnion(context.meant(by: used, among: configuration.services.keys))
        // Routes that cannot be read have a fault of their own.
        let hasRoutes = node("routes")?.elements != nil
        for (name, service) in configuration.services.sorted(by: { $0.key < $1.key }) {
            if hasRoutes, !used.contains(name) {
                warning(location("services", name), "no route uses this service")
            }
            checkTargets(of: service, name)
            checkTLS(of: service, name)
            checkPolicies(of: service, name)
            checkIdentityToken(of: service, name)
        }
    }

    /// The service that knows the users is called by the gateway itself, by libcurl.
    private mutating func checkResolver(_ service: ServiceConfiguration?) {
        guard let service, !service.targets.isEmpty else { return }
        let location = location("users", "resolve", "service")
        if service.targets.allSatisfy({ $0.address.port == nil }) {
            fault(location, "has no target with a host and a port")
        } else if service.callableURLs.isEmpty {
            fault(
                location,
                "has \"tls\", which calls at a login do not use: they trust the machine's authorities",
                hint: "use a service with http targets, or one without \"tls\""
            )
        }
    }

    private mutating func checkPolicies(of service: ServiceConfiguration, _ name: String) {
        if let ejection = service.ejection {
            if ejection.maximumTime < ejection.time {
                fault(
                    location("services", name, "ejection", "maximumTime"),
                    "is shorter than \"time\", the duration of the first ejection"
                )
            }
            if service.targets.count == 1 {
                warning(
                    location("services", name, "ejection"),
                    "has no effect with one target: at most half of the targets are ejected"
                )
            }
        }
        if service.connections == nil, node("services", name, "waiting") != nil {
            warning(location("services", name, "waiting"), "has no effect without \"connections\"")
        }
    }

    /// The gateway must not be its own service.
    private mutating func checkTargets(of service: ServiceConfiguration, _ name: String) {
        for (index, target) in service.targets.enumerated() {
            guard case .http(let host, let port) = target.address else { continue }
            let location = location("services", name, "targets", "\(index)")
            if configuration.listeners.contains(where: { $0.address.takes(host: host, port: port) }) {
                fault(
                    location,
                    "this is a listener of the gateway itself: requests would go round in a circle",
                    hint: "write the address of the service"
                )
            } else if configuration.admin?.address.takes(host: host, port: port) == true {
                fault(
                    location,
                    "this is the admin port of the gateway: routes would open it to clients",
                    hint: "write the address of the service"
                )
            }
        }
        checkRetries(of: service, name)
    }

    /// 408, 425 and 429 say that the request was not served; any other status below 500 is an answer to it.
    private mutating func checkRetries(of service: ServiceConfiguration, _ name: String) {
        for (index, status) in (service.retries?.on ?? []).enumerated()
        where status < 500 && ![408, 425, 429].contains(status) {
            warning(
                location("services", name, "retries", "on", "\(index)"),
                "\(status) is an answer, which another attempt gets too",
                hint: "list statuses of failures, such as 502, 503, 504"
            )
        }
    }

    private mutating func checkIdentityToken(of service: ServiceConfiguration, _ name: String) {
        guard service.identityToken, configuration.tokens.identityKey == nil, node("tokens", "identityKey") == nil
        else { return }
        fault(
            location("services", name, "identityToken"),
            "identity tokens need a key",
            hint: "set \"identityKey\" in \"tokens\""
        )
    }

    private mutating func checkTLS(of service: ServiceConfiguration, _ name: String) {
        let secure = service.targets.map(\.address).filter(\.isSecure)
        if secure.isEmpty, !service.targets.isEmpty, node("services", name, "tls") != nil {
            fault(
                location("services", name, "tls"),
                "no target of this service uses https",
                hint: "write \"https://…\" in \"targets\""
            )
        }
        if !service.tls.verify, secure.contains(where: { !$0.isLoopback }) {
            warning(
                location("services", name, "tls", "verify"),
                "an attacker on the network can impersonate this service",
                hint: "set \"ca\" to its authority instead"
            )
        }
        guard let client = service.tls.clientCertificate, client.certificate != .unset, client.key != .unset else {
            return
        }
        let key = location("services", name, "tls", "clientCertificate", "key")
        do throws(CertificateFault) {
            _ = try CertifiedKey(chain: CertificateList(pem: client.certificate.bytes), key: client.key.bytes)
        } catch {
            switch error {
            case .mismatched:
                fault(key, "this key does not match the first certificate in \"certificate\"")
            case .weak:
                fault(key, "this key is too weak", hint: "RSA keys have at least 2048 bits")
            case .noKey, .noCertificate, .malformed, .outOfMemory:
                fault(key, "this is not a private key in PEM", hint: "encrypted keys are not supported")
            }
        }
    }
}
