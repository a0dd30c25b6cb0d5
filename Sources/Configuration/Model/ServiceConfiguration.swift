/// A back end that routes name.
package struct ServiceConfiguration: Sendable, Equatable {
    /// Its servers. At least one and ``targetLimit`` at most, each once.
    package var targets: [ServiceTarget] = []
    /// How long it may take.
    package var timeouts = ServiceTimeoutsConfiguration()
    /// What its 401 and 407 become.
    package var serviceUnauthorized = ServiceUnauthorizedPolicy.forbidden
    /// Which of its targets gets a request.
    package var balance = BalanceMethod.roundRobin
    /// How long a target that returns gets less than its share; zero: it gets all of it at once.
    package var slowStart = Duration.seconds(10)
    /// The health checks of its targets; nil: none.
    package var health: HealthCheckConfiguration?
    /// Outlier ejection of its targets; nil: none.
    package var ejection: EjectionConfiguration?
    /// What happens if no target is healthy.
    package var whenAllDown = AllDownPolicy.fail
    /// Retries; nil: only those that are always safe (docs/services.md).
    package var retries: RetriesConfiguration?
    /// When requests are refused for a while because most fail; nil: never.
    package var breaker: BreakerConfiguration?
    /// Connections of this gateway to it, over all workers and targets; nil: no limit.
    package var connections: Int?
    /// Requests that may wait for one of ``connections``, over all workers.
    package var waiting = 100
    /// Whether a connection serves several requests; false for servers that mishandle a kept connection.
    package var reuseConnections = true
    /// What becomes of the fields of requests to it.
    package var requestHeaders = HeaderRulesConfiguration()
    /// Rules for the fields of its responses.
    package var responseHeaders = HeaderRulesConfiguration()
    /// Whether it receives `x-identity-token`, which requires `tokens.identityKey`.
    package var identityToken = false
    /// TLS to its https targets.
    package var tls = ServiceTLSConfiguration()

    /// The number of bits of a 64-bit word.
    package static let targetLimit = 64

    init() {}
}

extension ServiceConfiguration {
    /// Its targets as URLs, for a call of the gateway's own: such a call is made over TCP, and knows the machine's
    /// authorities alone.
    package var callableURLs: [String] {
        targets.map(\.address).filter { address in
            switch address {
            case .http: true
            case .https: tls == ServiceTLSConfiguration()
            case .unix: false
            }
        }.map(\.description)
    }
}

/// How long a service may take.
package struct ServiceTimeoutsConfiguration: Sendable, Equatable {
    /// To resolve its name and accept a connection.
    package var connect = Duration.seconds(2)
    /// For the TLS handshake of a new connection.
    package var tls = Duration.seconds(2)
    /// From the end of the request to the first byte of the response.
    package var firstByte = Duration.seconds(30)
    /// Between two parts of a response.
    package var idle = Duration.seconds(60)
    /// How long an unused connection is kept. Less than the 5 s after which common servers close it.
    package var keepAlive = Duration.seconds(4)
    /// The age at which a pooled connection is retired, ± 10 %: it completes its request and gets no further one. Nil:
    /// none.
    package var connectionAge: Duration?
    /// From the first byte of the request to the last byte of the response; nil: no limit.
    package var request: Duration?

    /// Creates the default time-outs.
    package init() {}
}

/// What becomes of a service's 401 and 407 (contract, section 3).
package enum ServiceUnauthorizedPolicy: String, Sendable, CaseIterable {
    /// 403 outside, the service's own status inside.
    case forbidden = "403"
    /// 502 outside, the service's own status inside.
    case badGateway = "502"
    /// As configured for the service.
    case pass
}

/// One server of a service.
package struct ServiceTarget: Sendable, Equatable {
    /// The address of the target.
    package let address: ServiceAddress
    /// Its share of the requests, beside the weights of the others: 1 to 1000.
    package let weight: Int

    /// Joins both parts; they are not checked.
    package init(address: ServiceAddress, weight: Int = 1) {
        self.address = address
        self.weight = weight
    }
}

/// Where one server of a service is.
package enum ServiceAddress: Sendable, Hashable {
    /// Host: a name in lower case, an IPv4 address, or an IPv6 address without brackets. Port: 1 to 65535.
    case http(host: String, port: Int)
    /// The host and the port, with TLS.
    case https(host: String, port: Int)
    /// A socket of this machine, by its absolute path.
    case unix(path: String)

    /// Nil for a socket.
    package var port: Int? {
        switch self {
        case .http(_, let port), .https(_, let port): port
        case .unix: nil
        }
    }

    /// Whether nothing on the way to it is off this machine.
    package var isLoopback: Bool {
        switch self {
        case .http(let host, _), .https(let host, _): NetworkName.isLoopback(host)
        case .unix: true
        }
    }

    /// Whether the target uses TLS.
    package var isSecure: Bool {
        if case .https = self { true } else { false }
    }
}

extension ServiceAddress: CustomStringConvertible {
    /// As in the file: `http://127.0.0.1:9001`, `https://orders.internal:443`, `unix:/run/orders.sock`.
    package var description: String {
        switch self {
        case .http(let host, let port): "http://" + NetworkName.authority(host: host, port: port)
        case .https(let host, let port): "https://" + NetworkName.authority(host: host, port: port)
        case .unix(let path): "unix:" + path
        }
    }
}
