extension ServiceTLSConfiguration: ConfigurationSection {
    static let summary = "TLS to the https targets of a service."

    static var keys: [Key<ServiceTLSConfiguration>] {
        [
            .key(
                "ca",
                \.authorities,
                ValueDecoder<PEMFile>.certificateFile.optional,
                "A PEM file with the certificate authorities for the service's certificate, or with that certificate "
                    + "itself. If omitted, the machine's authorities.",
                examples: [.string("keys/internal-ca.pem")]
            ),
            .key(
                "serverName",
                \.serverName,
                ValueDecoder<String>.serverName.optional,
                "The host name or IP address that the certificate must be valid for. If omitted, the target's host.",
                examples: [.string("orders.internal")]
            ),
            .key(
                "clientCertificate",
                \.clientCertificate,
                ValueDecoder<ClientCertificateConfiguration>.section().optional,
                "The certificate that the gateway presents if the service requests one."
            ),
            .key(
                "verify",
                \.verify,
                .boolean,
                "Whether the gateway verifies the service's certificate. Without verification, anybody on the network "
                    + "path can impersonate the service."
            ),
        ]
    }
}

extension ClientCertificateConfiguration: ConfigurationSection {
    static let summary = "A client certificate of the gateway."

    static var keys: [Key<ClientCertificateConfiguration>] {
        [
            .key(
                "certificate",
                \.certificate,
                .certificateFile,
                required: true,
                "A PEM file with the certificate, followed by its intermediate certificates.",
                examples: [.string("keys/gateway.pem")]
            ),
            .key(
                "key",
                \.key,
                .secret(minimumBytes: 1),
                required: true,
                "The private key of the certificate, in PEM without a password.",
                examples: [.object([("file", .string("keys/gateway.key"))])]
            ),
        ]
    }
}
