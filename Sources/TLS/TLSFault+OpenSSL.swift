import COpenSSL

extension TLSFault {
    /// The fault of the OpenSSL call that just failed on this connection. Clears the error queue.
    static func last(of connection: OpaquePointer, inHandshake: Bool) -> TLSFault {
        var fault: TLSFault?
        while true {
            let error = ERR_get_error()
            if error == 0 { break }
            guard fault == nil, ERR_GET_LIB(error) == ERR_LIB_SSL else { continue }
            let reason = ERR_GET_REASON(error)
            fault =
                reason == SSL_R_CERTIFICATE_VERIFY_FAILED
                ? TLSFault(verification: CInt(truncatingIfNeeded: SSL_get_verify_result(connection)))
                : TLSFault(reason: reason)
        }
        return fault ?? (inHandshake ? .handshakeFailed : .malformed)
    }

    /// A result of certificate verification (`X509_V_ERR_…`).
    private init(verification result: CInt) {
        switch result {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            self = .certificateExpired
        case X509_V_ERR_CERT_NOT_YET_VALID:
            self = .certificateNotYetValid
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            self = .selfSigned
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
            self = .unknownAuthority
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            self = .nameMismatch
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK:
            self = .certificateWeak
        default:
            self = .certificateInvalid
        }
    }

    /// The fault for a specific reason of OpenSSL (`SSL_R_…`). Reasons from 1000 on are alerts of the peer (RFC 8446,
    /// section 6.2).
    private init?(reason: CInt) {
        switch reason {
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
            SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
            SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
            SSL_R_TLSV1_ALERT_ACCESS_DENIED:
            self = .certificateRefused
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            self = .certificateMissing
        case SSL_R_TLSV1_UNRECOGNIZED_NAME:
            self = .unrecognizedName
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_WRONG_SSL_VERSION, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH,
            SSL_R_UNKNOWN_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_INAPPROPRIATE_FALLBACK:
            self = .protocolVersion
        case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
            self = .noApplicationProtocol
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            self = .notTLS
        case SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK, SSL_R_DH_KEY_TOO_SMALL:
            self = .certificateWeak
        default:
            return nil
        }
    }
}
