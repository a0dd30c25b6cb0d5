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
    // Unchecked: a store guards its objects with a lock, and its configuration no longer changes.

    /// The machine's authorities, read once from one file at the first use; later changes of the file are not noticed.
    /// `nil` if none of the usual files exists, or if the file in `SSL_CERT_FILE` does not load: a typing error of an
    /// operator who narrows trust must not fall back to all authorities of the machine.
    package static let system = AuthorityStore(firstOf: AuthorityStore.files())

    /// OpenSSL's `X509_STORE`, for passing to OpenSSL; valid as long as this object.
    package let pointer: OpaquePointer

    /// Trusts each certificate of the list as it is: a root, an intermediate authority, or the peer's own certificate.
    ///
    /// - Throws: `outOfMemory`.
    package init(_ list: CertificateList) throws(CertificateFault) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let pointer = X509_STORE_new() else { throw .outOfMemory }
        // From here on deinit frees it, even if an error is thrown.
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

    /// The candidate files: only the operator's (`SSL_CERT_FILE`, as in OpenSSL) if set, else OpenSSL's default and
    /// those of distributions.
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
