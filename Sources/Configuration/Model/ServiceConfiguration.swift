/// A back end that routes name.
package struct ServiceConfiguration: Sendable, Equatable {
    /// Its servers. At least one, each once.
    package var targets: [ServiceAddress] = []
    /// How long it may take.
    package var timeouts = ServiceTimeoutsConfiguration()
    /// What its 401 and 407 become.
    package var serviceUnauthorized = ServiceUnauthorizedPolicy.forbidden
    /// What becomes of the fields of requests to it.
    package var requestHeaders = HeaderRulesConfiguration()
    /// What becomes of the fields of its answers.
    package var responseHeaders = HeaderRulesConfiguration()
    /// Whether it gets `x-identity-token`, which wants `tokens.identityKey`.
    package var identityToken = false
    /// How its https targets are spoken to.
    package var tls = ServiceTLSConfiguration()

    init() {}
}

/// How long a service may take.
package struct ServiceTimeoutsConfiguration: Sendable, Equatable {
    /// To accept a connection.
    package var connect = Duration.seconds(2)
    /// For the TLS handshake of a new connection.
    package var tls = Duration.seconds(2)
    /// From the end of the request to the first byte of the answer.
    package var firstByte = Duration.seconds(30)
    /// Between two parts of an answer.
    package var idle = Duration.seconds(60)
    /// How long an unused connection is kept. Less than the 5 s after which common servers close it.
    package var keepAlive = Duration.seconds(4)

    init() {}
}

/// What becomes of a service's 401 and 407 (contract, section 3).
package enum ServiceUnauthorizedPolicy: String, Sendable, CaseIterable {
    /// 403 outside, the service's own status inside.
    case forbidden = "403"
    /// 502 outside, the service's own status inside.
    case badGateway = "502"
    /// As the service said.
    case pass
}

/// Where one server of a service is.
package struct ServiceAddress: Sendable, Hashable {
    /// A name in lower case, an IPv4 address, or an IPv6 address without brackets.
    package let host: String
    /// 1 to 65535.
    package let port: Int
    /// https: TLS below HTTP.
    package let isSecure: Bool

    /// Joins the parts; they are not checked.
    package init(host: String, port: Int, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
    }
}

extension ServiceAddress: CustomStringConvertible {
    /// As in the file: `http://127.0.0.1:9001`.
    package var description: String {
        (isSecure ? "https://" : "http://") + NetworkName.authority(host: host, port: port)
    }
}
