import Cryptography

/// What the parts of a service have to do with each other.
extension ConfigurationValidator {
    mutating func checkServices() {
        var used = Set(configuration.routes.map(\.service))
        if let resolver = configuration.users.resolve { used.insert(resolver.service) }
        for (name, service) in configuration.services.sorted(by: { $0.key < $1.key }) {
            if !used.contains(name) {
                reader.warning(place("services", name), "no route uses this service")
            }
            checkTLS(of: service, name)
            checkIdentityToken(of: service, name)
        }
    }

    private mutating func checkIdentityToken(of service: ServiceConfiguration, _ name: String) {
        guard service.identityToken, configuration.tokens.identityKey == nil, node("tokens", "identityKey") == nil
        else { return }
        reader.fault(
            place("services", name, "identityToken"),
            "identity tokens want a key",
            hint: "set \"identityKey\" in \"tokens\""
        )
    }

    private mutating func checkTLS(of service: ServiceConfiguration, _ name: String) {
        let secure = service.targets.filter(\.isSecure)
        if secure.isEmpty, !service.targets.isEmpty, node("services", name, "tls") != nil {
            reader.fault(
                place("services", name, "tls"),
                "no target of this service is spoken to with TLS",
                hint: "write \"https://…\" in \"targets\""
            )
        }
        if !service.tls.verify, secure.contains(where: { !NetworkName.isLoopback($0.host) }) {
            reader.warning(
                place("services", name, "tls", "verify"),
                "anybody on the way to this service can be the service",
                hint: "name its authority in \"ca\" instead"
            )
        }
        guard let client = service.tls.clientCertificate, client.certificate != .unset, client.key != .unset else {
            return
        }
        let key = place("services", name, "tls", "clientCertificate", "key")
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
