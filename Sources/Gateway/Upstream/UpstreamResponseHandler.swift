import HTTPWire
import NIOCore

/// Whoever sent a request to a service and takes its answer; called on the connection's loop.
///
/// Between ``serviceResponded(_:)`` and ``serviceEnded()`` come the body's pieces. After ``serviceEnded()`` or
/// ``serviceFailed(_:)`` nothing more comes.
protocol UpstreamResponseHandler: AnyObject {
    /// The request's last byte was handed to the connection.
    var isRequestSent: Bool { get }
    /// Its turn has come: the connection that it waited for is being made.
    func serviceConnecting()
    /// The connection asked for stands; it is the exchange's until it releases or closes it.
    func serviceConnected(_ connection: ServiceConnection)
    /// No connection came about.
    func serviceConnectFailed(_ fault: ServiceFault, at target: UpstreamTarget)
    /// An informational response other than 100 and 101 (RFC 9110 section 15.2).
    func serviceInformed(_ head: borrowing ResponseHead)
    /// 101 (RFC 9110, section 15.2.2); false where it was not asked for. After true come ``serviceTunnelled(_:)``,
    /// ``serviceStoppedSending()`` and ``serviceFailed(_:)`` alone.
    func serviceSwitched(_ head: borrowing ResponseHead) -> Bool
    /// Bytes of the other protocol.
    func serviceTunnelled(_ bytes: ByteBuffer)
    /// The service sends no more bytes of the other protocol; it may still take some.
    func serviceStoppedSending()
    /// The final response's head. It borrows the read buffer: what is wanted of it is taken before this returns.
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

/// An implementation names the events that concern it. Both outcomes of asking for a connection concern every one, so
/// ``serviceConnected(_:)`` and ``serviceConnectFailed(_:at:)`` have no default: a connection would be leaked, or a
/// request would wait for ever.
extension UpstreamResponseHandler {
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
