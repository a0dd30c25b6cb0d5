import COpenSSL

/// The sessions of connections to one peer, which shorten later handshakes: no certificates, no signature.
///
/// Belongs to one event loop and to one peer: a session stands for a verified certificate, so a cache is never used for
/// another host, port, name or context.
package final class TLSSessionCache {
    /// A session that was taken up again, since it was verified once.
    struct Entry {
        let session: TLSSession
        /// When the certificate was last verified, in seconds of the monotonic clock. Sessions that derive from this
        /// one inherit the time: otherwise a peer could use its first certificate for ever.
        let verifiedAt: Int64
    }

    /// Sessions kept at most.
    package static let limit = 4
    /// The number of seconds after which a certificate is verified again, whatever the peer allows.
    package static let lifetime: Int64 = 3600

    private var entries: [Entry] = []
    /// Handshakes that took a session up again.
    package internal(set) var resumptions: UInt64 = 0
    /// Handshakes with certificates.
    package internal(set) var fullHandshakes: UInt64 = 0

    /// Creates an empty cache.
    package init() {}

    /// Sessions that the next handshakes can use.
    package var count: Int { entries.count }

    /// The newest session, removed from the cache: a TLS 1.3 ticket that is used twice tells an observer that both
    /// connections belong to one client (RFC 8446, appendix C.4).
    func take(now: Int64) -> Entry? {
        entries.removeAll { now - $0.verifiedAt >= TLSSessionCache.lifetime }
        return entries.popLast()
    }

    func keep(_ entry: Entry) {
        if entries.count == TLSSessionCache.limit {
            entries.removeFirst()
        }
        entries.append(entry)
    }
}

/// A session of OpenSSL's, freed with the last reference to it.
final class TLSSession {
    let pointer: OpaquePointer

    /// Takes the caller's reference over.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        SSL_SESSION_free(pointer)
    }
}

/// OpenSSL has a new session: with TLS 1.2 at the end of the handshake, with TLS 1.3 for each ticket of the server's.
/// 1: the reference is ours.
func keepSession(connection: OpaquePointer?, session: OpaquePointer?) -> CInt {
    guard let connection, let session, let owner = copenssl_tls_owner(connection) else { return 0 }
    let wire = Unmanaged<TLSWire>.fromOpaque(owner).takeUnretainedValue()
    guard let sessions = wire.sessions, SSL_SESSION_is_resumable(session) == 1 else { return 0 }
    sessions.keep(TLSSessionCache.Entry(session: TLSSession(owning: session), verifiedAt: wire.verifiedAt))
    return 1
}
