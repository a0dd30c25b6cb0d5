import Configuration
import Cryptography
import NIOCore
import TLS

/// TLS to the https targets of one service: what its connections on all workers share.
struct ServiceTLS: Sendable {
    let context: TLSContext
    /// The host name that the certificate must match; `nil`: the target's host.
    let serverName: String?
    /// For one handshake.
    let timeout: TimeAmount
    /// Reports a failed handshake. Called on event loops.
    let report: @Sendable (_ target: [UInt8], TLSFault) -> Void

    /// Makes the context from certificates that the configuration has read: no file is touched here but, once in the
    /// process, the machine's store of authorities.
    ///
    /// - Throws: `TLSContext.Fault`, or `CertificateFault` for certificates that the configuration has not checked.
    init(
        _ service: ServiceConfiguration,
        report: @escaping @Sendable (_ target: [UInt8], TLSFault) -> Void
    ) throws {
        let tls = service.tls
        let identity = try tls.clientCertificate.map { client in
            try CertifiedKey(chain: CertificateList(pem: client.certificate.bytes), key: client.key.bytes)
        }
        let trust: TLSContext.Trust
        if !tls.verify {
            trust = .unverified
        } else if let authorities = tls.authorities {
            trust = .authorities(try CertificateList(pem: authorities.bytes))
        } else {
            trust = .system
        }
        context = try TLSContext.client(trusting: trust, identity: identity)
        serverName = tls.serverName
        timeout = .nanoseconds(service.timeouts.tls.nanoseconds)
        self.report = report
    }
}
