import Cryptography

/// A request to an external API. It is sent at most once, since its content may be valid for one use only.
package struct APIRequest: Sendable, Redacted {
    /// A field of the request's head.
    package struct Header: Sendable {
        let name: String
        let value: String

        /// A name or a value with a control character makes `APICallError.invalidRequest` of the call.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// An absolute http or https URL. It may contain secrets, as may body and headers, so nothing prints them.
    let url: String
    /// Nil: a GET.
    let jsonBody: [UInt8]?
    let headers: [Header]
    let totalTimeout: Duration?
    /// Past the environment's proxies.
    let isDirect: Bool

    /// A GET.
    ///
    /// - Parameter totalTimeout: instead of the client's.
    package init(url: String, headers: [Header] = [], totalTimeout: Duration? = nil) {
        isDirect = false
        self.url = url
        jsonBody = nil
        self.headers = headers
        self.totalTimeout = totalTimeout
    }

    /// A POST of a JSON text, sent as it is.
    ///
    /// - Parameters:
    ///   - totalTimeout: instead of the client's.
    ///   - isDirect: past the environment's proxies, to a server of one's own network.
    package init(
        url: String,
        jsonBody: [UInt8],
        headers: [Header] = [],
        totalTimeout: Duration? = nil,
        isDirect: Bool = false
    ) {
        self.isDirect = isDirect
        self.url = url
        self.jsonBody = jsonBody
        self.headers = headers
        self.totalTimeout = totalTimeout
    }
}

/// The response of the API, whatever its status.
package struct APIResponse: Sendable {
    /// The HTTP status, 100 to 599.
    package var status: Int
    /// The body, at most ``APICallLimits/responseBytes`` bytes.
    package var body: [UInt8]
}

/// Why there is no response. No case contains the URL or libcurl's text, which may quote it.
package enum APICallError: Error, Equatable, Sendable {
    /// The host's or the proxy's name was not found.
    case resolve
    /// The connection failed, or it ended before anything was sent, for example because a proxy refused the tunnel.
    case connect
    /// The TLS handshake failed, or the certificate is not to be trusted.
    case tls
    /// The connect or the total time-out passed, including the time in the queue. The request may have been sent.
    case timeout
    /// The total time-out passed while the call was queued; nothing was sent.
    case waitedTooLong
    /// The connection ended before the response was complete.
    case reset
    /// The response exceeds the limit.
    case tooLarge
    /// The queue is full; nothing was sent.
    case overloaded
    /// The client stopped before the call was done.
    case shutDown
    /// libcurl was about to send the request a second time after a lost connection; the second send was stopped.
    case resent
    /// A header that cannot be sent; nothing was sent.
    case invalidRequest
    /// Any other fault, with libcurl's code.
    case other(code: UInt32)
}

/// The bounds of an `APIClient`.
package struct APICallLimits: Sendable {
    /// From the start of the name look-up to the end of the TLS handshake.
    package var connectTimeout: Duration = .seconds(3)
    /// From `send` to the last byte of the response.
    package var totalTimeout: Duration = .seconds(8)
    /// Header block and body together.
    package var responseBytes = 64 * 1024
    /// Calls under way at once.
    package var concurrentCalls = 64
    /// The maximum number of queued calls; one more is `APICallError.overloaded`.
    package var waitingCalls = 100
    /// A connection idle for longer is not used again. WeChat closes idle ones at about 20 s.
    package var idleSeconds = 15

    /// Creates the default limits.
    package init() {}
}
