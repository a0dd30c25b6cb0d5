/// Why a TLS connection failed or ended early. No case contains a name, a key or a byte of the peer.
package enum TLSFault: Error, Equatable, Sendable, CaseIterable {
    // The peer's certificate.
    /// The certificate has expired.
    case certificateExpired
    /// It has not begun.
    case certificateNotYetValid
    /// It leads to no authority that is trusted.
    case unknownAuthority
    /// It is its own authority, and not one that is trusted.
    case selfSigned
    /// It is for another host.
    case nameMismatch
    /// Its key or its signature is too weak (under 112 bits of security).
    case certificateWeak
    /// It is not good for any other reason: a wrong purpose, a bad signature, a constraint.
    case certificateInvalid
    /// The client sent no certificate, though one is required.
    case certificateMissing

    // Faults reported by the peer.
    /// The peer rejects our certificate, or requires one that we did not send.
    case certificateRefused
    /// The peer does not know the requested host name (RFC 6066, section 3).
    case unrecognizedName
    /// No common version: TLS 1.2 and 1.3 are supported.
    case protocolVersion
    /// No common application protocol (RFC 7301, section 3.2).
    case noApplicationProtocol
    /// Not TLS: the received bytes are not a record, such as a plain HTTP response.
    case notTLS
    /// Any other failure of the handshake, no common cipher among them.
    case handshakeFailed
    /// The peer closed before the handshake was done.
    case closedInHandshake

    // After the handshake.
    /// A record that cannot be read or is not genuine, or an alert that ends the connection.
    case malformed
    /// More messages besides data, or more bytes of a handshake, than any honest peer sends.
    case excessive
    /// The transport ended without close_notify (RFC 8446, section 6.1): the data may be incomplete.
    case truncated

    /// OpenSSL failed internally, for example without memory.
    case internalFault
}

extension TLSFault {
    /// The label for logs: stable, without names.
    package var label: StaticString {
        switch self {
        case .certificateExpired: "certificate_expired"
        case .certificateNotYetValid: "certificate_not_yet_valid"
        case .unknownAuthority: "unknown_authority"
        case .selfSigned: "self_signed"
        case .nameMismatch: "name_mismatch"
        case .certificateWeak: "certificate_weak"
        case .certificateInvalid: "certificate_invalid"
        case .certificateMissing: "certificate_missing"
        case .certificateRefused: "certificate_refused"
        case .unrecognizedName: "unrecognized_name"
        case .protocolVersion: "protocol_version"
        case .noApplicationProtocol: "no_application_protocol"
        case .notTLS: "not_tls"
        case .handshakeFailed: "handshake_failed"
        case .closedInHandshake: "closed_in_handshake"
        case .malformed: "malformed_record"
        case .excessive: "excessive_messages"
        case .truncated: "truncated"
        case .internalFault: "internal"
        }
    }
}
