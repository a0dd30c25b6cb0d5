import COpenSSL
package import NIOCore

/// One TLS connection without its transport: ``feed(_:)`` takes bytes from the peer, ``takeOutbound()`` returns bytes
/// for the peer. Any split of the bytes works.
///
/// Used from one event loop. After a method has thrown, only ``takeOutbound()`` is useful: it returns the alert for the
/// peer.
package final class TLSEngine {
    /// Plaintext in one record at most (RFC 8446, section 5.1).
    static let recordLimit = 16 * 1024
    /// Bytes of the peer's that a handshake may take. A chain of certificates is a few KiB; OpenSSL bounds its messages
    /// one by one.
    static let handshakeLimit = 256 * 1024
    /// The number of messages other than data that a peer may send, plus one per MiB of data. OpenSSL responds to key
    /// updates and renegotiation requests: a flood of them would cost memory and time.
    static let messageLimit = 32
    /// The maximum size of a buffer that is kept while the connection is idle.
    private static let idleCapacity = 4 * 1024

    private enum Phase { case handshake, open, failed }

    private let context: TLSContext
    private let connection: OpaquePointer
    private let wire: TLSWire
    private var phase = Phase.handshake
    /// Plaintext that waits to fill a record.
    private var staged = ByteBuffer()
    private var fedInHandshake = 0
    private var received: UInt64 = 0
    /// The maximum number of bytes that OpenSSL has buffered: the required capacity.
    private var unopened = 0
    private var boundary = RecordBoundary()
    private var pending: TLSFault?
    private var hasClosedOutput = false

    /// True once the peer's close_notify came: nothing more follows.
    package private(set) var peerHasClosed = false

    /// The client's end.
    ///
    /// - Parameters:
    ///   - peer: the name or address that the certificate has to be for. A name is sent to the server too (RFC 6066,
    ///     section 3).
    ///   - sessions: those of this peer; `nil`: every handshake is a full one.
    ///   - now: seconds of the steady clock.
    package init(client context: TLSContext, peer: String, sessions: TLSSessionCache?, now: Int64) throws(TLSFault) {
        let entry = sessions?.take(now: now)
        wire = TLSWire(sessions: sessions, verifiedAt: entry?.verifiedAt ?? now)
        self.context = context
        connection = try TLSEngine.make(context, wire)
        SSL_set_connect_state(connection)
        defer { ERR_clear_error() }
        let isAddress = TLSEngine.isAddress(peer)
        if !isAddress, copenssl_tls_set_server_name(connection, peer) != 1 { throw .internalFault }
        if context.verifies {
            // Names are matched with subjectAltName (RFC 9525, section 6.1); the common name of the subject is ignored.
            SSL_set_hostflags(
                connection,
                CUnsignedInt(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) | CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
            )
            let isSet =
                isAddress
                ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), peer) : SSL_set1_host(connection, peer)
            guard isSet == 1 else { throw .internalFault }
        }
        if let entry {
            guard SSL_set_session(connection, entry.session.pointer) == 1 else { throw .internalFault }
        }
    }

    /// The server's end.
    package init(server context: TLSContext) throws(TLSFault) {
        wire = TLSWire(sessions: nil, verifiedAt: 0)
        self.context = context
        connection = try TLSEngine.make(context, wire)
        SSL_set_accept_state(connection)
    }

    deinit {
        if phase != .failed {
            // Else OpenSSL would take the connection for broken and never resume its session.
            SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        SSL_free(connection)
    }

    private static func make(_ context: TLSContext, _ wire: TLSWire) throws(TLSFault) -> OpaquePointer {
        ERR_clear_error()
        guard let connection = SSL_new(context.pointer) else { throw .internalFault }
        guard let bio = wire.makeBIO(),
            copenssl_tls_set_owner(connection, Unmanaged.passUnretained(wire).toOpaque()) == 1
        else {
            SSL_free(connection)
            throw .internalFault
        }
        // One BIO for both ways: one reference.
        SSL_set_bio(connection, bio, bio)
        return connection
    }

    private static func isAddress(_ host: String) -> Bool {
        guard let address = a2i_IPADDRESS(host) else {
            ERR_clear_error()
            return false
        }
        ASN1_OCTET_STRING_free(address)
        return true
    }

    // MARK: - What is known

    /// True once data may be written; nothing can be read before.
    package var isOpen: Bool { phase == .open }

    /// The protocol that both agreed on; `nil` where ALPN was not used.
    package var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        SSL_get0_alpn_selected(connection, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// Whether an earlier session was taken up again.
    package var sessionReused: Bool { SSL_session_reused(connection) == 1 }

    /// `TLSv1.2` or `TLSv1.3`.
    package var version: String { String(cString: SSL_get_version(connection)) }

    /// Whether no bytes of the peer are buffered, not even part of a record. If there are any before a request is sent,
    /// they are not its response.
    package var isQuiet: Bool {
        phase == .open && !peerHasClosed && pending == nil && wire.inbound.readableBytes == 0 && boundary.isReached
    }

    // MARK: - The transport

    /// Feeds bytes from the peer.
    package func feed(_ bytes: ByteBuffer) {
        guard phase != .failed, !peerHasClosed else { return }
        boundary.pass(bytes)
        unopened += bytes.readableBytes
        if phase == .handshake { fedInHandshake += bytes.readableBytes }
        if wire.inbound.readableBytes == 0 {
            wire.inbound = bytes
        } else {
            wire.inbound.writeImmutableBuffer(bytes)
        }
    }

    /// The bytes for the peer; `nil` if there are none.
    package func takeOutbound() -> ByteBuffer? {
        guard wire.outbound.readableBytes > 0 else { return nil }
        defer {
            // The buffer is reused once the receiver of the last one has released it.
            if wire.outbound.capacity > TLSEngine.idleCapacity {
                wire.outbound = ByteBuffer()
            } else {
                wire.outbound.clear()
            }
        }
        return wire.outbound
    }

    /// Bytes that wait in ``takeOutbound()``.
    var outboundCount: Int { wire.outbound.readableBytes }

    /// Reports the end of the transport: the fault, or `nil` if the peer had sent close_notify.
    package func transportEnded() -> TLSFault? {
        switch phase {
        case .failed: nil
        case .handshake: .closedInHandshake
        case .open: peerHasClosed ? nil : .truncated
        }
    }

    // MARK: - The handshake

    /// Advances the handshake; true once it is complete.
    package func handshake() throws(TLSFault) -> Bool {
        guard phase == .handshake else { return phase == .open }
        ERR_clear_error()
        let result = SSL_do_handshake(connection)
        releaseInbound()
        if result == 1 {
            phase = .open
            staged = ByteBuffer()
            wire.startCounting(on: connection)
            if let sessions = wire.sessions {
                if sessionReused { sessions.resumptions += 1 } else { sessions.fullHandshakes += 1 }
            }
            return true
        }
        guard SSL_get_error(connection, result) == SSL_ERROR_WANT_READ else { throw failure() }
        guard fedInHandshake <= TLSEngine.handshakeLimit else { throw fail(.excessive) }
        return false
    }

    // MARK: - Reading

    /// Returns all readable data; `nil` if there is none. Data before a fault or an end are returned first.
    package func read() throws(TLSFault) -> ByteBuffer? {
        if let pending {
            self.pending = nil
            throw fail(pending)
        }
        guard phase == .open, !peerHasClosed else { return nil }
        // All data in one buffer: otherwise tiny records would allocate a buffer each.
        var plaintext = ByteBuffer()
        plaintext.reserveCapacity(max(unopened, 512))
        ERR_clear_error()
        var result: CInt = 1
        while result == 1 {
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { room in
                var count = 0
                result = SSL_read_ex(connection, room.baseAddress, room.count, &count)
                return result == 1 ? count : 0
            }
        }
        received += UInt64(plaintext.readableBytes)
        releaseInbound()
        unopened =
            boundary.isReached
            ? 0 : min(max(unopened - plaintext.readableBytes, 512), 2 * TLSEngine.recordLimit)
        var fault: TLSFault?
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ:
            break
        case SSL_ERROR_ZERO_RETURN:
            peerHasClosed = true
        default:
            fault = TLSFault.last(of: connection, inHandshake: false)
        }
        if fault == nil, wire.messages > TLSEngine.messageLimit + Int(received >> 20) {
            fault = .excessive
        }
        if let fault {
            guard plaintext.readableBytes > 0 else { throw fail(fault) }
            pending = fault
        }
        return plaintext.readableBytes > 0 ? plaintext : nil
    }

    // MARK: - Writing

    /// Takes data for the peer. It is put into full records; what fills none waits for more, or for ``seal()``.
    package func write(_ bytes: ByteBuffer) throws(TLSFault) {
        guard phase == .open, !hasClosedOutput else { return }
        var bytes = bytes
        if staged.readableBytes > 0 {
            let room = TLSEngine.recordLimit - staged.readableBytes
            if let part = bytes.readSlice(length: min(room, bytes.readableBytes)) {
                staged.writeImmutableBuffer(part)
            }
            guard staged.readableBytes == TLSEngine.recordLimit else { return }
            try seal()
        }
        while bytes.readableBytes >= TLSEngine.recordLimit {
            try encrypt(&bytes, TLSEngine.recordLimit)
        }
        if bytes.readableBytes > 0 {
            staged.writeImmutableBuffer(bytes)
        }
    }

    /// Encrypts the waiting bytes into a record, however small.
    package func seal() throws(TLSFault) {
        while staged.readableBytes > 0 {
            try encrypt(&staged, staged.readableBytes)
        }
        if staged.capacity > TLSEngine.idleCapacity { staged = ByteBuffer() } else { staged.clear() }
    }

    private func encrypt(_ bytes: inout ByteBuffer, _ count: Int) throws(TLSFault) {
        ERR_clear_error()
        var written = 0
        let result = bytes.withUnsafeReadableBytes { SSL_write_ex(connection, $0.baseAddress, count, &written) }
        guard result == 1 else { throw failure() }
        bytes.moveReaderIndex(forwardBy: written)
    }

    /// Sends close_notify after all written data: no more data will follow. The peer may continue.
    package func closeOutput() throws(TLSFault) {
        guard phase == .open, !hasClosedOutput else { return }
        try seal()
        hasClosedOutput = true
        ERR_clear_error()
        if SSL_shutdown(connection) < 0 { throw failure() }
    }

    /// Releases the buffer of the transport, which an idle connection should not keep.
    private func releaseInbound() {
        if wire.inbound.readableBytes == 0 { wire.inbound = ByteBuffer() }
    }

    // MARK: - Failing

    private func failure() -> TLSFault {
        fail(TLSFault.last(of: connection, inHandshake: phase == .handshake))
    }

    private func fail(_ fault: TLSFault) -> TLSFault {
        phase = .failed
        return fault
    }
}
