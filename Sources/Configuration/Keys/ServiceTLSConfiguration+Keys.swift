extension ServiceTLSConfiguration: ConfigurationSection {
    static let summary = "How the https targets of a service are spoken to."

    static var keys: [Key<ServiceTLSConfiguration>] {
        [
            .key(
                "ca",
                \.authorities,
                Kind<PEMFile>.certificateFile.optional,
                "A PEM file with the authorities that the service's certificate has to lead to, or with that certificate "
                    + "itself. Those of the machine where it is left out.",
                examples: [.string("keys/internal-ca.pem")]
            ),
            .key(
                "serverName",
                \.serverName,
                Kind<String>.serverName.optional,
                "The name or address that the certificate has to be for. The target's host where it is left out.",
                examples: [.string("orders.internal")]
            ),
            .key(
                "clientCertificate",
                \.clientCertificate,
                Kind<ClientCertificateConfiguration>.section().optional,
                "What the gateway proves itself with, where the service asks."
            ),
            .key(
                "verify",
                \.verify,
                .boolean,
                "Whether the service's certificate is looked at. Without it anybody on the way can be the service."
            ),
        ]
    }
}

extension ClientCertificateConfiguration: ConfigurationSection {
    static let summary = "A certificate of the gateway's own."

    static var keys: [Key<ClientCertificateConfiguration>] {
        [
            .key(
                "certificate",
                \.certificate,
                .certificateFile,
                required: true,
                "A PEM file with the certificate, then those that lead to its authority.",
                examples: [.string("keys/gateway.pem")]
            ),
            .key(
                "key",
                \.key,
                .secret(minimumBytes: 1),
                required: true,
                "The certificate's key: PEM without a password.",
                examples: [.object([("file", .string("keys/gateway.key"))])]
            ),
        ]
    }
}
