/// The limits on what clients and services send.
package struct LimitsConfiguration: Sendable, Equatable {
    /// Bytes of the request line.
    package var requestLine = 8 * 1024
    /// Bytes of all header fields together.
    package var headers = 32 * 1024
    /// The number of header fields.
    package var headerCount = 100
    /// Bytes of a token, the gateway's own or another issuer's.
    package var token = 8 * 1024
    /// Bytes of all header fields of a service's response together.
    package var responseHeaders = 64 * 1024
    /// The number of header fields of a service's response.
    package var responseHeaderCount = 200
    /// The maximum body size in bytes, unless the route says otherwise.
    package var body = BodyLimit.bytes(10 * 1024 * 1024)
    /// How fast a body has to come on average.
    package var bodyRate = BodyRate.bytesPerSecond(256)
    /// Client connections at a time, over all listeners and workers.
    package var connections = 10_000

    init() {}
}

/// The largest body that is taken.
package enum BodyLimit: Sendable, Equatable {
    /// Up to this many bytes.
    case bytes(UInt64)
    /// Any length.
    case unlimited

    /// The limit in bytes, `.max` where there is none.
    package var maximum: UInt64 {
        switch self {
        case .bytes(let count): count
        case .unlimited: .max
        }
    }
}

/// How slowly a body may come.
package enum BodyRate: Sendable, Equatable {
    /// So many bytes a second on average.
    case bytesPerSecond(Int)
    /// As slowly as the time-out between two parts allows.
    case off
}

/// How long a client may take, and how long running requests may take when the gateway stops.
package struct TimeoutsConfiguration: Sendable, Equatable {
    /// From the first byte of a request (or from connecting) to the end of its head.
    package var head = Duration.seconds(10)
    /// Between two parts of a body; for a whole one on the gateway's own endpoints.
    package var body = Duration.seconds(30)
    /// An idle connection between two requests.
    package var keepAlive = Duration.seconds(60)
    /// From the signal to stop to the end of the last request.
    package var drain = Duration.seconds(30)

    init() {}
}
