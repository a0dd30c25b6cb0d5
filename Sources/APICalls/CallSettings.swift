import CCurl
import COpenSSL
import Cryptography

/// What all calls of a client share.
struct CallSettings {
    let limits: APICallLimits
    /// Nil: no https server is trusted.
    let authorities: AuthorityStore?
    /// Nil: the environment's.
    let proxy: String?

    /// Verifies a server by its name and by the authorities of this client; so an https proxy of the environment.
    ///
    /// libcurl would parse the machine's bundle anew for each connection. It gets no file and no folder, and its own
    /// store, which it fills after the callback (7.88) or before (8.3), is not the one that OpenSSL verifies by.
    func setVerification(of handle: UnsafeMutableRawPointer) -> [CURLcode] {
        // Unretained: the loop has these settings for as long as libcurl has connections to make.
        let store = authorities.map { Unmanaged.passUnretained($0).toOpaque() }
        return [
            ccurl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2),
            ccurl_set_long(handle, CURLOPT_PROXY_SSL_VERIFYPEER, 1),
            ccurl_set_long(handle, CURLOPT_PROXY_SSL_VERIFYHOST, 2),
            ccurl_set_string(handle, CURLOPT_CAINFO, nil),
            ccurl_set_string(handle, CURLOPT_CAPATH, nil),
            ccurl_set_string(handle, CURLOPT_PROXY_CAINFO, nil),
            ccurl_set_string(handle, CURLOPT_PROXY_CAPATH, nil),
            ccurl_set_tls_callback(handle, shareAuthorities),
            ccurl_set_pointer(handle, CURLOPT_SSL_CTX_DATA, store),
        ]
    }

    func setProxy(of handle: UnsafeMutableRawPointer, isDirect: Bool) -> [CURLcode] {
        if isDirect { return [ccurl_set_string(handle, CURLOPT_PROXY, "")] }
        guard let proxy else { return [] }
        return [
            ccurl_set_string(handle, CURLOPT_PROXY, proxy),
            // Otherwise `no_proxy` of the environment would override the client's proxy.
            ccurl_set_string(handle, CURLOPT_NOPROXY, ""),
        ]
    }
}

/// Whether libcurl was built with the OpenSSL of this process: contexts of another one must not be touched.
let libraryUsesOurOpenSSL: Bool = {
    guard let name = ccurl_tls_library() else { return false }
    return String(cString: name).hasPrefix("OpenSSL/\(OPENSSL_version_major()).")
}()

/// Called by libcurl with the OpenSSL context of each new connection, before the handshake.
private func shareAuthorities(
    _: UnsafeMutableRawPointer?,
    _ context: UnsafeMutableRawPointer?,
    _ authorities: UnsafeMutableRawPointer?
) -> CURLcode {
    guard let context, let authorities else { return CURLE_PEER_FAILED_VERIFICATION }
    let store = Unmanaged<AuthorityStore>.fromOpaque(authorities).takeUnretainedValue()
    let isSet = copenssl_tls_set_verify_store(OpaquePointer(context), store.pointer) == 1
    return isSet ? CURLE_OK : CURLE_SSL_CONNECT_ERROR
}
