import COpenSSL

#if canImport(Glibc)
import Glibc
#endif

/// The authorities that a peer's certificate has to lead to, parsed once and shared by all connections that verify by
/// them: the machine's bundle costs 20 ms of CPU and 0.8 MiB to parse.
///
/// OpenSSL's default is to look into a folder each time a certificate is verified, which would read files on an event
/// loop.
package final class AuthorityStore: @unchecked Sendable {
    // Unchecked: a store guards its objects with a lock, and nobody configures it any more.

    /// The machine's own authorities, read once from one file at the first use; a change of that file is not noticed.
    /// `nil` where there is none in any of the usual places, or where the file that `SSL_CERT_FILE` names does not load: an
    /// operator who narrows trust that way must not get all of the machine's authorities for a typing error.
    package static let system = AuthorityStore(firstOf: AuthorityStore.files())

    /// OpenSSL's `X509_STORE`, for whoever hands it to OpenSSL again; it lives as long as this object.
    package let pointer: OpaquePointer

    /// Trusts each certificate of the list as it stands, be it a root, an authority below one, or the peer's own.
    ///
    /// - Throws: `outOfMemory`.
    package init(_ list: CertificateList) throws(CertificateFault) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let pointer = X509_STORE_new() else { throw .outOfMemory }
        // From here on deinit frees it, whatever is thrown.
        self.pointer = pointer
        for certificate in list.pointers {
            guard X509_STORE_add_cert(pointer, certificate) == 1 else { throw .outOfMemory }
        }
        X509_STORE_set_flags(pointer, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    private init?(firstOf files: [String]) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let pointer = X509_STORE_new() else { return nil }
        self.pointer = pointer
        let isLoaded = files.contains { X509_STORE_load_file(pointer, $0) == 1 }
        guard isLoaded else { return nil }
    }

    deinit {
        X509_STORE_free(pointer)
    }

    /// Where the file may be: what the operator says (`SSL_CERT_FILE`, as OpenSSL has it) and nowhere else, or OpenSSL's own
    /// place and those of the distributions.
    private static func files() -> [String] {
        if let name = X509_get_default_cert_file_env(), let path = getenv(name) { return [String(cString: path)] }
        var files: [String] = []
        if let path = X509_get_default_cert_file() {
            files.append(String(cString: path))
        }
        return files + [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ]
    }
}
