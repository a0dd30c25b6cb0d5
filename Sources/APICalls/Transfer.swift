import CCurl

/// A running call: a libcurl easy handle and the received bytes.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    let call: PendingCall
    /// The reused connection had unread bytes. Nothing was sent; the call needs a new connection.
    private(set) var foundStrayBytes = false

    private let sockets: OpenSockets
    private let settings: CallSettings
    private let limit: Int
    private var headers = HeaderList()
    private var body: [UInt8] = []
    private var received = 0
    private var sends = 0
    private var isOverLimit = false
    private var wasStoppedFromResending = false

    init?(_ call: PendingCall, _ settings: CallSettings, timeout: Duration, fresh: Bool, sockets: OpenSockets) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.call = call
        self.sockets = sockets
        self.settings = settings
        limit = settings.limits.responseBytes
        guard setOptions(timeout, fresh) else { return nil }
    }

    deinit {
        curl_easy_cleanup(handle)
    }

    private func setOptions(_ timeout: Duration, _ fresh: Bool) -> Bool {
        let limits = settings.limits
        let context = Unmanaged.passUnretained(self).toOpaque()
        var results = [
            ccurl_set_string(handle, CURLOPT_URL, call.request.url),
            ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_string(handle, CURLOPT_USERAGENT, "menshen"),
            ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
            ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            // Else a look-up that hangs would be joined when its call times out, and all other calls with it.
            ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1),
            ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, limits.connectTimeout.wholeMilliseconds),
            ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds),
            ccurl_set_long(handle, CURLOPT_MAXFILESIZE, limit),
            ccurl_set_long(handle, CURLOPT_MAXAGE_CONN, limits.idleSeconds),
            ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, fresh ? 1 : 0),
            ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context),
            ccurl_set_data_callback(handle, CURLOPT_WRITEFUNCTION, receiveBody),
            ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context),
            ccurl_set_data_callback(handle, CURLOPT_HEADERFUNCTION, receiveHeader),
            ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context),
            ccurl_set_prereq_callback(handle, allowRequest),
        ]
        results += sockets.watch(handle)
        results += settings.setVerification(of: handle)
        results += setRequest()
        let isDirect = call.request.isDirect || isLoopback(call.request.url)
        results += settings.setProxy(of: handle, isDirect: isDirect)
        return results.allSatisfy { $0 == CURLE_OK }
    }

    private func setRequest() -> [CURLcode] {
        for header in call.request.headers { headers.append("\(header.name): \(header.value)") }
        var results: [CURLcode] = []
        if let body = call.request.jsonBody {
            headers.append("Content-Type: application/json")
            // Before a large body, libcurl would send an expectation and wait a second for a response that few servers
            // send.
            headers.append("Expect:")
            results = [
                ccurl_set_long(handle, CURLOPT_POST, 1),
                // The size first: libcurl copies that many bytes.
                ccurl_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count),
                ccurl_copy_post_fields(handle, body),
            ]
        }
        guard let list = headers.list else { return headers.isComplete ? results : [CURLE_OUT_OF_MEMORY] }
        return results + [headers.isComplete ? ccurl_set_headers(handle, list) : CURLE_OUT_OF_MEMORY]
    }

    fileprivate func mayBeSent(localPort: Int32) -> Bool {
        guard sends == 0 else {
            wasStoppedFromResending = true
            return false
        }
        var newConnections = 0
        ccurl_get_long(handle, CURLINFO_NUM_CONNECTS, &newConnections)
        if newConnections == 0, sockets.hasUnreadBytes(localPort: localPort) {
            foundStrayBytes = true
            return false
        }
        sends += 1
        return true
    }

    /// Counts received bytes; false above the limit.
    fileprivate func admit(_ count: Int) -> Bool {
        received += count
        isOverLimit = received > limit
        return !isOverLimit
    }

    fileprivate func append(_ bytes: UnsafeRawBufferPointer) {
        body.append(contentsOf: bytes)
    }

    func result(_ code: CURLcode) -> Result<APIResponse, APICallError> {
        if wasStoppedFromResending { return .failure(.resent) }
        if isOverLimit { return .failure(.tooLarge) }
        // A proxy that refuses the tunnel: libcurl has one code for that and for a connection that ends under a request.
        if sends == 0, APICallError(code) == .reset { return .failure(.connect) }
        if let error = APICallError(code) { return .failure(error) }
        var status = 0
        ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return .success(APIResponse(status: status, body: body))
    }
}

extension APICallError {
    fileprivate init?(_ code: CURLcode) {
        switch code {
        case CURLE_OK: return nil
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .resolve
        case CURLE_COULDNT_CONNECT: self = .connect
        case CURLE_OPERATION_TIMEDOUT: self = .timeout
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR: self = .reset
        case CURLE_FILESIZE_EXCEEDED: self = .tooLarge
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_INITFAILED:
            self = .tls
        default: self = .other(code: code.rawValue)
        }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}

private func isLoopback(_ url: String) -> Bool {
    guard let parsed = curl_url() else { return false }
    defer { curl_url_cleanup(parsed) }
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK,
        curl_url_get(parsed, CURLUPART_HOST, &text, 0) == CURLUE_OK, let text
    else { return false }
    defer { curl_free(text) }
    let host = String(cString: text)
    return host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context), transfer.admit(size * count) else { return 0 }
    transfer.append(UnsafeRawBufferPointer(start: data, count: size * count))
    return size * count
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context), transfer.admit(size * count) else { return 0 }
    return size * count
}

private func allowRequest(
    _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutablePointer<CChar>?,
    _: UnsafeMutablePointer<CChar>?,
    _: Int32,
    _ localPort: Int32
) -> Int32 {
    guard let transfer = transfer(context), transfer.mayBeSent(localPort: localPort) else {
        return CURL_PREREQFUNC_ABORT
    }
    return CURL_PREREQFUNC_OK
}
