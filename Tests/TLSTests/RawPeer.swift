import COpenSSL
import Cryptography
import NIOCore
import TestCertificates

@testable import TLS

/// The other end of a connection on OpenSSL alone, through its own memory BIOs, with none of our code in between.
final class RawPeer {
    private let context: OpaquePointer
    let connection: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// What it has read.
    private(set) var plaintext: [UInt8] = []
    private(set) var isOpen = false
    /// SSL_get_error of what failed.
    private(set) var failure: CInt?
    private(set) var sawClose = false

    struct Options {
        var lowest = TLS1_2_VERSION
        var highest = TLS1_3_VERSION
        var protocols: [UInt8] = []
        /// For ciphers and versions that are none any more.
        var isWeak = false
        var hasTickets = true
        /// Asks the client for a certificate of these.
        var clients: CertificateList?
    }

    static func server(_ identity: CertifiedKey, _ options: Options = Options()) throws -> RawPeer {
        try RawPeer(isServer: true, identity: identity, options)
    }

    /// One that shows a certificate which ours would not use.
    static func server(showing certificate: TestCertificate) throws -> RawPeer {
        let peer = try RawPeer(isServer: true, identity: nil, Options(isWeak: true))
        guard SSL_use_certificate(peer.connection, certificate.pointer) == 1,
            SSL_use_PrivateKey(peer.connection, certificate.key.pointer) == 1
        else { throw OpenSSLRefusal("certificate") }
        return peer
    }

    static func client(_ options: Options = Options(), identity: CertifiedKey? = nil) throws -> RawPeer {
        try RawPeer(isServer: false, identity: identity, options)
    }

    private init(isServer: Bool, identity: CertifiedKey?, _ options: Options) throws {
        guard let context = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()),
            let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()),
            copenssl_tls_set_versions(context, options.lowest, options.highest) == 1
        else { throw OpenSSLRefusal("context") }
        self.context = context
        self.input = input
        self.output = output
        if options.isWeak {
            SSL_CTX_set_security_level(context, 0)
            SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0")
        }
        if let identity, let first = identity.chain.pointers.first {
            guard let rest = copenssl_certificates_new() else { throw OpenSSLRefusal("stack") }
            defer { copenssl_certificates_free(rest) }
            for pointer in identity.chain.pointers.dropFirst() { copenssl_certificates_push(rest, pointer) }
            guard SSL_CTX_use_cert_and_key(context, first, identity.key, rest, 1) == 1 else {
                throw OpenSSLRefusal("identity")
            }
        }
        if let clients = options.clients {
            for pointer in clients.pointers { X509_STORE_add_cert(SSL_CTX_get_cert_store(context), pointer) }
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }
        if !isServer, !options.protocols.isEmpty {
            SSL_CTX_set_alpn_protos(context, options.protocols, CUnsignedInt(options.protocols.count))
        }
        if !options.hasTickets { SSL_CTX_set_num_tickets(context, 0) }
        guard let connection = SSL_new(context) else { throw OpenSSLRefusal("connection") }
        self.connection = connection
        SSL_set_bio(connection, input, output)
        if isServer { SSL_set_accept_state(connection) } else { SSL_set_connect_state(connection) }
    }

    deinit {
        SSL_free(connection)
        SSL_CTX_free(context)
        ERR_clear_error()
    }

    /// Takes bytes of the other side and does what they allow.
    func feed(_ bytes: [UInt8]) {
        if !bytes.isEmpty { BIO_write(input, bytes, CInt(bytes.count)) }
        advance()
    }

    func advance() {
        guard failure == nil else { return }
        ERR_clear_error()
        if !isOpen {
            let result = SSL_do_handshake(connection)
            guard result == 1 else { return note(result) }
            isOpen = true
        }
        var chunk = [UInt8](repeating: 0, count: 20_000)
        while true {
            let count = SSL_read(connection, &chunk, CInt(chunk.count))
            guard count > 0 else { return note(count) }
            plaintext += chunk[..<Int(count)]
        }
    }

    private func note(_ result: CInt) {
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: break
        case SSL_ERROR_ZERO_RETURN: sawClose = true
        case let error: failure = error
        }
        ERR_clear_error()
    }

    func write(_ bytes: [UInt8]) {
        if !bytes.isEmpty { SSL_write(connection, bytes, CInt(bytes.count)) }
    }

    func shutDown() { SSL_shutdown(connection) }

    /// What it has to say.
    func takeOutput() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(output))
        guard !bytes.isEmpty else { return [] }
        BIO_read(output, &bytes, CInt(bytes.count))
        return bytes
    }
}

/// What came of driving an engine until nothing moves any more.
struct EngineRun {
    let engine: TLSEngine
    var plaintext: [UInt8] = []
    var fault: TLSFault?
    /// Ciphertext for the other side.
    var output: [UInt8] = []

    init(_ engine: TLSEngine) { self.engine = engine }

    /// Feeds a piece and does what it allows.
    mutating func feed(_ bytes: [UInt8]) {
        guard fault == nil else { return }
        if !bytes.isEmpty { engine.feed(ByteBuffer(bytes: bytes)) }
        do throws(TLSFault) {
            if try engine.handshake() {
                while let read = try engine.read() { plaintext += Array(read.readableBytesView) }
            }
        } catch {
            fault = error
        }
        collect()
    }

    mutating func write(_ bytes: [UInt8]) throws {
        try engine.write(ByteBuffer(bytes: bytes))
        try engine.seal()
        collect()
    }

    mutating func collect() {
        if let out = engine.takeOutbound() { output += Array(out.readableBytesView) }
    }

    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Passes bytes between both until both are silent. `cut` says into which pieces the peer's bytes go.
    mutating func exchange(with peer: RawPeer, cut: (Int) -> Int = { $0 }) {
        feed([])
        peer.advance()
        while true {
            let forPeer = takeOutput()
            peer.feed(forPeer)
            var forEngine = peer.takeOutput()[...]
            if forPeer.isEmpty, forEngine.isEmpty { return }
            while !forEngine.isEmpty {
                let count = min(forEngine.count, max(1, cut(forEngine.count)))
                feed(Array(forEngine.prefix(count)))
                forEngine = forEngine.dropFirst(count)
            }
        }
    }
}
