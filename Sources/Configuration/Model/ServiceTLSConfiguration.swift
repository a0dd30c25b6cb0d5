/// How the https targets of a service are spoken to.
package struct ServiceTLSConfiguration: Sendable, Equatable {
    /// The authorities that its certificate has to lead to, at least one, in PEM. Nil: those of the machine.
    package var authorities: PEMFile?
    /// The name or address that its certificate has to be for, instead of the target's host. Without brackets.
    package var serverName: String?
    /// What the gateway proves itself with, where the service asks.
    package var clientCertificate: ClientCertificateConfiguration?
    /// Whether its certificate is looked at.
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

/// A file that was read together with the configuration.
package struct PEMFile: Sendable, Equatable {
    /// As the configuration names it.
    package let path: String
    /// All of it.
    package let bytes: [UInt8]

    static let unset = PEMFile(path: "", bytes: [])
}
