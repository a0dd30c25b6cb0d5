import COpenSSL
package import Cryptography

/// The settings that connections of one kind share: versions, ciphers, certificates, trust. Immutable, so every event
/// loop can use it; sessions, which change, are kept per loop.
///
/// TLS 1.2 and 1.3, forward secrecy and authenticated encryption only, no compression, no renegotiation, no early data.
package final class TLSContext: @unchecked Sendable {
    // Unchecked: OpenSSL allows threads to share an SSL_CTX while its configuration does not change.

    /// The trusted certificates.
    package enum Trust: Sendable {
        /// Those that the machine's own store of authorities vouches for.
        case system
        /// Certificates that lead to one of these. Each is trusted as it is: a root, an intermediate authority, or the
        /// peer's own certificate.
        case authorities(CertificateList)
        /// Every certificate. The connection is then protected from passive attackers only.
        case unverified
    }

    /// Why a context cannot be made.
    package enum Fault: Error, Equatable, Sendable {
        /// The machine has no store of authorities in any of the usual places.
        case noSystemAuthorities
        /// A certificate with a key, or signed in a way, that is under 112 bits of security.
        case certificateWeak
        /// An application protocol's name that is not of 1 to 255 bytes.
        case applicationProtocol
        /// OpenSSL refused.
        case openSSL
    }

    let pointer: OpaquePointer
    let isServer: Bool
    let verifies: Bool
    /// In wire format (RFC 7301, section 3.1), by preference. Stored here, since OpenSSL's callback reads it.
    let protocols: ProtocolList

    /// For outgoing connections.
    ///
    /// - Parameters:
    ///   - identity: the client certificate, for peers that request one.
    ///   - applicationProtocols: offered by ALPN, by preference.
    package static func client(
        trusting trust: Trust = .system,
        identity: CertifiedKey? = nil,
        applicationProtocols: [String] = ["http/1.1"]
    ) throws(Fault) -> TLSContext {
        let context = try TLSContext(method: TLS_client_method(), isServer: false, trust: trust, applicationProtocols)
        try context.use(identity)
        copenssl_tls_set_session_cache_mode(
            context.pointer,
            CLong(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE | SSL_SESS_CACHE_NO_INTERNAL_LOOKUP)
        )
        SSL_CTX_sess_set_new_cb(context.pointer, keepSession)
        let wire = context.protocols.wire
        guard wire.isEmpty || SSL_CTX_set_alpn_protos(context.pointer, wire, CUnsignedInt(wire.count)) == 0 else {
            throw .openSSL
        }
        return context
    }

    /// For incoming connections.
    ///
    /// - Parameters:
    ///   - clients: the authorities of client certificates; with `nil` no certificate is requested.
    ///   - applicationProtocols: accepted from the client's ALPN offer, by preference. A client that offers only others
    ///     is refused; one that offers none is accepted.
    package static func server(
        identity: CertifiedKey,
        clients: CertificateList? = nil,
        applicationProtocols: [String] = ["http/1.1"]
    ) throws(Fault) -> TLSContext {
        let trust = clients.map { Trust.authorities($0) } ?? .unverified
        let context = try TLSContext(method: TLS_server_method(), isServer: true, trust: trust, applicationProtocols)
        try context.use(identity)
        // Sessions are in the tickets, which any connection of this context can read; nothing is kept per client.
        copenssl_tls_set_session_cache_mode(context.pointer, CLong(SSL_SESS_CACHE_OFF))
        let name = Array("menshen".utf8)
        guard SSL_CTX_set_session_id_context(context.pointer, name, CUnsignedInt(name.count)) == 1 else {
            throw .openSSL
        }
        if clients != nil {
            SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
        // Unretained: the list belongs to this object, which every connection keeps alive.
        SSL_CTX_set_alpn_select_cb(
            context.pointer,
            selectProtocol,
            Unmanaged.passUnretained(context.protocols).toOpaque()
        )
        return context
    }

    private init(
        method: OpaquePointer?,
        isServer: Bool,
        trust: Trust,
        _ applicationProtocols: [String]
    ) throws(Fault) {
        protocols = try ProtocolList(applicationProtocols)
        self.isServer = isServer
        if case .unverified = trust { verifies = false } else { verifies = true }
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(method) else { throw .openSSL }
        // From here on deinit frees it, even if an error is thrown.
        self.pointer = pointer
        defer { ERR_clear_error() }
        copenssl_tls_harden(pointer)
        copenssl_tls_set_mode(
            pointer,
            CLong(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        SSL_CTX_set_security_level(pointer, 2)
        guard copenssl_tls_set_versions(pointer, TLS1_2_VERSION, TLS1_3_VERSION) == 1,
            SSL_CTX_set_cipher_list(pointer, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1,
            SSL_CTX_set_ciphersuites(
                pointer,
                "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
            ) == 1,
            copenssl_tls_set_groups(pointer, "X25519:P-256:P-384") == 1
        else { throw .openSSL }
        try setTrust(trust)
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private func setTrust(_ trust: Trust) throws(Fault) {
        switch trust {
        case .unverified:
            SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
            return
        case .system:
            guard let store = AuthorityStore.system else { throw .noSystemAuthorities }
            SSL_CTX_set1_cert_store(pointer, store.pointer)
        case .authorities(let list):
            guard let store = try? AuthorityStore(list) else { throw .openSSL }
            SSL_CTX_set1_cert_store(pointer, store.pointer)
        }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    }

    private func use(_ identity: CertifiedKey?) throws(Fault) {
        guard let identity, let first = identity.chain.pointers.first else { return }
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let rest = copenssl_certificates_new() else { throw .openSSL }
        defer { copenssl_certificates_free(rest) }
        for certificate in identity.chain.pointers.dropFirst() {
            guard copenssl_certificates_push(rest, certificate) > 0 else { throw .openSSL }
        }
        guard SSL_CTX_use_cert_and_key(pointer, first, identity.key, rest, 1) == 1 else {
            let reason = ERR_GET_REASON(ERR_peek_last_error())
            throw [SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK].contains(reason)
                ? .certificateWeak : .openSSL
        }
    }
}

/// Names of application protocols, as an object that OpenSSL's callback can be handed.
final class ProtocolList: Sendable {
    /// Each with its length before it.
    let wire: [UInt8]

    init(_ names: [String]) throws(TLSContext.Fault) {
        var wire: [UInt8] = []
        for name in names {
            guard let count = UInt8(exactly: name.utf8.count), count > 0 else { throw .applicationProtocol }
            wire.append(count)
            wire.append(contentsOf: name.utf8)
        }
        self.wire = wire
    }
}

/// Selects a protocol of the client's offer.
private func selectProtocol(
    connection: OpaquePointer?,
    chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    chosenCount: UnsafeMutablePointer<UInt8>?,
    offered: UnsafePointer<UInt8>?,
    offeredCount: CUnsignedInt,
    list: UnsafeMutableRawPointer?
) -> CInt {
    guard let chosen, let chosenCount, let list else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let protocols = Unmanaged<ProtocolList>.fromOpaque(list).takeUnretainedValue()
    guard !protocols.wire.isEmpty else { return SSL_TLSEXT_ERR_NOACK }
    return protocols.wire.withUnsafeBufferPointer { wire in
        var name: UnsafeMutablePointer<UInt8>?
        let result = SSL_select_next_proto(
            &name,
            chosenCount,
            wire.baseAddress,
            CUnsignedInt(wire.count),
            offered,
            offeredCount
        )
        guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        // It points into `wire`, which lives as long as the context.
        chosen.pointee = UnsafePointer(name)
        return SSL_TLSEXT_ERR_OK
    }
}
