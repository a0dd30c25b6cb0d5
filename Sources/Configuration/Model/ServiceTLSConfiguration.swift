/// TLS to the https targets of a service.
package struct ServiceTLSConfiguration: Sendable, Equatable {
    /// The authorities that its certificate has to lead to, at least one, in PEM. Nil: those of the machine.
    package var authorities: PEMFile?
    /// The name or address that its certificate has to be for, instead of the target's host. Without brackets.
    package var serverName: String?
    /// The client certificate, for services that request one.
    package var clientCertificate: ClientCertificateConfiguration?
    /// Whether the server certificate is verified.
    package var verify = true

    init() {}
}

/// A certificate of the gateway's own, and the key that belongs to it.
package struct ClientCertificateConfiguration: Sendable, Equatable {
    /// The certificate, then those that lead to its authority, in PEM.
    package var certificate = PEMFile.unset
    /// The key of the first certificate, in PEM without a password.
    package var key = Secret.unset

    init() {}
}

/// The name is not quoted: it could be the secret, in the wrong position.
package struct PEMFile: Sendable, Equatable {
    /// As the configuration names it.
    package let path: String
    /// All of it.
    package let bytes: [UInt8]

    static let unset = PEMFile(path: "", bytes: [])
}
