import HTTPWire
import NIOCore

/// Why a request cannot be received.
enum RequestFault: Equatable, Sendable {
    /// Head or body break HTTP/1.1 or a limit.
    case malformed(WireFault)
    /// The head did not come in time.
    case timedOut
    /// There are too many connections.
    case overloaded
}

/// How much of a request's body its receiver takes.
enum BodyDemand: Sendable {
    /// All that comes.
    case all
    /// What was read already; no more is to be read for now.
    case received
    /// Nothing for now. One buffer may be read, so that the client's end is seen.
    case held
    /// Nothing before more of it is here: ``RequestReceiver/receiveAwaited(_:)``.
    case awaited
    /// Nothing for now, and nothing is to be read.
    case nothing
}

/// What a transport tells of a request. On HTTP/1.1 one receiver serves all requests of a connection, one after the other.
///
/// No two of these calls run one within the other.
protocol RequestReceiver: AnyObject {
    /// A request begins.
    ///
    /// - Parameters:
    ///   - head: valid during the call, and the receiver's to change.
    ///   - settings: in force when the connection turned to the request; the head was parsed by them.
    func begin(_ head: inout RequestHead, under settings: ClientSettings)

    /// Other settings are in force for requests that begin from now on.
    func settingsChanged()

    /// Looked at before each piece of the body.
    var bodyDemand: BodyDemand { get }

    /// More of an awaited body was read.
    ///
    /// - Parameter count: bytes that are here, with their framing.
    /// - Returns: false where more is awaited.
    func receiveAwaited(_ count: Int) -> Bool

    /// A piece of the body, without its framing.
    func receiveBody(_ bytes: ByteBuffer)

    /// All that was read was handed over: a good moment to flush.
    func receivePaused()

    /// The body is complete.
    func receiveEnd()

    /// The request cannot be received, before or after ``begin(_:under:)``. The response is the connection's last.
    func receiveFault(_ fault: RequestFault)

    /// The client reads slowly, or has caught up.
    func writabilityChanged(_ isWritable: Bool)

    /// The client is gone. Nothing follows.
    func clientGone()
}

extension RequestReceiver {
    func receiveAwaited(_ count: Int) -> Bool { false }
}
