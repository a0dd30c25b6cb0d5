import COpenSSL

#if canImport(Glibc)
import Glibc
#endif

/// The machine's own store of authorities, read once from one file and shared by all contexts.
///
/// OpenSSL's default is to look into a folder each time a certificate is verified, which would read files on an event
/// loop.
final class SystemAuthorities: @unchecked Sendable {
    // Unchecked: a store guards its objects with a lock, and nobody configures it any more.

    /// `nil` where there is none in any of the usual places.
    static let shared = SystemAuthorities()

    let pointer: OpaquePointer

    private init?() {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let pointer = X509_STORE_new() else { return nil }
        // From here on deinit frees it.
        self.pointer = pointer
        let isLoaded = SystemAuthorities.files().contains { X509_STORE_load_file(pointer, $0) == 1 }
        guard isLoaded else { return nil }
    }

    deinit {
        X509_STORE_free(pointer)
    }

    /// Where the file may be, the operator's word first (`SSL_CERT_FILE`, as OpenSSL has it), then OpenSSL's own place
    /// and those of the distributions.
    private static func files() -> [String] {
        var files: [String] = []
        if let name = X509_get_default_cert_file_env(), let path = getenv(name) {
            files.append(String(cString: path))
        }
        if let path = X509_get_default_cert_file() {
            files.append(String(cString: path))
        }
        return files + [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ]
    }
}
