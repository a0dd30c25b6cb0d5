import HTTPWire
import NIOCore

/// Receives the events of one request to a service, on the loop of the connection.
///
/// The body arrives between ``serviceResponded(_:)`` and ``serviceEnded()``. No event follows ``serviceEnded()`` or
/// ``serviceFailed(_:)``.
protocol UpstreamResponseHandler: AnyObject {
    /// The request's last byte was handed to the connection.
    var isRequestSent: Bool { get }
    /// Goes up with every connection that the handler asks for. A connection of a former number is nothing to it.
    var attemptNumber: UInt64 { get }
    /// The request has left the queue: its connection is being made.
    func serviceConnecting()
    /// The connection is open; the handler owns it until it releases or closes it.
    func serviceConnected(_ connection: ServiceConnection)
    /// The connection attempt failed.
    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget)
    /// An informational response other than 100 and 101 (RFC 9110 section 15.2).
    func serviceInformed(_ head: borrowing ResponseHead)
    /// A 101 (RFC 9110 section 15.2.2); false if no upgrade was requested. After true, only ``serviceTunnelled(_:)``,
    /// ``serviceStoppedSending()`` and ``serviceFailed(_:)`` follow.
    func serviceSwitched(_ head: borrowing ResponseHead) -> Bool
    /// Bytes of the other protocol.
    func serviceTunnelled(_ bytes: ByteBuffer)
    /// The service has stopped sending bytes of the other protocol; it may still receive.
    func serviceStoppedSending()
    /// The head of the final response. It borrows the read buffer: copy what is needed before this returns.
    func serviceResponded(_ head: borrowing ResponseHead)
    /// A piece of the body, without its framing.
    func serviceSent(_ bytes: ByteBuffer)
    /// The response is whole; the connection reads nothing more until it is used again.
    func serviceEnded()
    /// All that could be read was handed over: a good moment to flush.
    func servicePaused()
    /// The connection is closed, or was closed because it cannot be trusted.
    func serviceFailed(_ fault: ServiceFault)
    /// The connection's own outbound buffer filled up or drained.
    func serviceWritabilityChanged(_ isWritable: Bool)
}

/// Handlers implement the events that concern them. Every handler must handle both outcomes of a connection attempt, so
/// ``serviceConnected(_:)`` and ``serviceConnectFailed(_:at:)`` have no default: a connection would leak, or a request
/// would wait for ever.
extension UpstreamResponseHandler {
    /// Asks for one connection only.
    var attemptNumber: UInt64 { 0 }
    func serviceConnecting() {}
    func serviceInformed(_ head: borrowing ResponseHead) {}
    func serviceSwitched(_ head: borrowing ResponseHead) -> Bool { false }
    func serviceTunnelled(_ bytes: ByteBuffer) {}
    func serviceStoppedSending() {}
    func serviceResponded(_ head: borrowing ResponseHead) {}
    func serviceSent(_ bytes: ByteBuffer) {}
    func serviceEnded() {}
    func servicePaused() {}
    func serviceFailed(_ fault: ServiceFault) {}
    func serviceWritabilityChanged(_ isWritable: Bool) {}
}
