import Cryptography

/// What the parts of a service have to do with each other.
extension ConfigurationValidator {
    mutating func checkServices() {
        var used = Set(configuration.routes.map(\.service))
        if let resolver = configuration.users.resolve {
            used.insert(resolver.service)
            checkResolver(configuration.services[resolver.service])
        }
        for (name, service) in configuration.services.sorted(by: { $0.key < $1.key }) {
            if !used.contains(name) {
                reader.warning(location("services", name), "no route uses this service")
            }
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
            reader.fault(location, "has no target with host and port, which this needs")
        } else if service.callableURLs.isEmpty {
            reader.fault(
                location,
                "has \"tls\" of its own, which a call at a login does not take: it verifies by the machine's authorities",
                hint: "name a service with http targets, or one without \"tls\""
            )
        }
    }

    private mutating func checkPolicies(of service: ServiceConfiguration, _ name: String) {
        if let ejection = service.ejection {
            if ejection.maximumTime < ejection.time {
                reader.fault(
                    location("services", name, "ejection", "maximumTime"),
                    "is shorter than \"time\", the first ejection's"
                )
            }
            if service.targets.count == 1 {
                reader.warning(
                    location("services", name, "ejection"),
                    "has no effect: never more than half of the targets is ejected, and there is one"
                )
            }
        }
        if service.connections == nil, node("services", name, "waiting") != nil {
            reader.warning(location("services", name, "waiting"), "has no effect without \"connections\"")
        }
    }

    private mutating func checkIdentityToken(of service: ServiceConfiguration, _ name: String) {
        guard service.identityToken, configuration.tokens.identityKey == nil, node("tokens", "identityKey") == nil
        else { return }
        reader.fault(
            location("services", name, "identityToken"),
            "identity tokens want a key",
            hint: "set \"identityKey\" in \"tokens\""
        )
    }

    private mutating func checkTLS(of service: ServiceConfiguration, _ name: String) {
        let secure = service.targets.map(\.address).filter(\.isSecure)
        if secure.isEmpty, !service.targets.isEmpty, node("services", name, "tls") != nil {
            reader.fault(
                location("services", name, "tls"),
                "no target of this service is spoken to with TLS",
                hint: "write \"https://…\" in \"targets\""
            )
        }
        if !service.tls.verify, secure.contains(where: { !$0.isLoopback }) {
            reader.warning(
                location("services", name, "tls", "verify"),
                "anybody on the way to this service can be the service",
                hint: "name its authority in \"ca\" instead"
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
                reader.fault(key, "this is not the key of the first certificate in \"certificate\"")
            case .weak:
                reader.fault(key, "this key is too weak", hint: "RSA keys have at least 2048 bits")
            case .noKey, .noCertificate, .malformed, .outOfMemory:
                reader.fault(key, "this is no private key in PEM", hint: "a key with a password is not taken")
            }
        }
    }
}
