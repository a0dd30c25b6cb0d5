import TLS

/// A failure between the gateway and a service, before or during the response.
enum ServiceFault: Error, Equatable, Sendable {
    /// No connection: refused, or no route.
    case connectFailed
    /// No connection: the service's name does not resolve.
    case nameNotFound
    /// No connection within the connect time-out.
    case connectTimedOut
    /// No connection: the TLS handshake failed, or the service rejects the client certificate.
    case tlsFailed(TLSFault)
    /// No connection: the TLS handshake took too long.
    case tlsTimedOut
    /// Nothing came within the time-out for the first byte, or between two.
    case timedOut
    /// The connection closed before the response was complete.
    case closed
    /// The response breaks HTTP/1.1 in a way that a proxy must not forward (RFC 9112 section 6.3, 11.2).
    case malformed
    /// More informational responses than ``ServiceConnection/informationalLimit``.
    case tooManyInformational
    /// A 101 without a request for an upgrade.
    case unsolicitedUpgrade
    /// No target is healthy.
    case noTarget
    /// No connection became free within the connect time-out, or the queue was full; or the gateway has no descriptor left.
    case noConnection
    /// The breaker is open. `retryAfter`: seconds until it is worth another try.
    case refused(retryAfter: Int)
}

extension ServiceFault {
    /// How many of these in a row are worth a line in the operators' log; nil: none, since it has a line already or is not
    /// about the target. One response that failed may be about its request.
    var countToReport: Int? {
        switch self {
        case .connectFailed, .nameNotFound, .connectTimedOut, .tlsTimedOut: 1
        case .timedOut, .closed, .malformed, .tooManyInformational, .unsolicitedUpgrade: 3
        case .tlsFailed, .noTarget, .noConnection, .refused: nil
        }
    }

    /// The `close` of the access log: stable, without host names.
    var cause: StaticString {
        switch self {
        case .connectFailed: "connection refused or no route"
        case .nameNotFound: "name does not resolve"
        case .connectTimedOut: "connect time-out"
        case .tlsFailed(let fault): fault.label
        case .tlsTimedOut: "TLS time-out"
        case .timedOut: "response time-out"
        case .closed: "closed before the response"
        case .malformed: "malformed response"
        case .tooManyInformational: "too many informational responses"
        case .unsolicitedUpgrade: "unsolicited upgrade"
        case .noTarget: "no healthy target"
        case .noConnection: "too many connections"
        case .refused: "the circuit breaker is open"
        }
    }
}
