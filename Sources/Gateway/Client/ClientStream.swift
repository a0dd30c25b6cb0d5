import HTTPWire
import NIOCore

/// How the body of a response comes to its end, as far as the receiver of the request knows.
enum ResponseBody: Equatable, Sendable {
    /// No body, and no length is stated.
    case none
    /// Exactly so many bytes. Of a response without a body (HEAD, 304) the length that it states (RFC 9110 section 8.6).
    case length(UInt64)
    /// The length is known at the end. The transport chooses the framing.
    case unknown
}

/// What an exchange needs of the transport that brought its request, whatever the protocol.
///
/// Responses are gathered and leave with ``flush()`` or ``finish()``, at the latest at the end of the event. No function
/// here calls the receiver: the client's end, also that of a write that failed, is told by an event afterwards.
protocol ClientStream: AnyObject {
    /// False while what was written piles up: the client reads slowly.
    var isWritable: Bool { get }

    /// Bytes of the request's body that were read and are not taken yet, with their framing.
    var heldInput: Int { get }

    /// Asks for the body that the client waits with (RFC 9110 section 10.1.1). Nothing is sent where the client does not
    /// wait, or has begun to send the body.
    func sendContinue()

    /// Gathers an informational response (RFC 9110 section 15.2). Nothing is sent to a client of HTTP/1.0.
    func sendInformational(_ head: borrowing ResponseHead, policy: ResponseFieldPolicy, fields: FieldBlock)

    /// Gathers the head of a response that is made from a service's.
    ///
    /// - Parameters:
    ///   - policy: which of the service's fields pass.
    ///   - fields: of the gateway's own.
    func sendHead(
        _ status: Int,
        from head: borrowing ResponseHead,
        policy: ResponseFieldPolicy,
        body: ResponseBody,
        fields: FieldBlock
    )

    /// Gathers the head of a response of the gateway's own.
    func sendHead(_ status: Int, body: ResponseBody, fields: FieldBlock)

    /// Gathers a piece of the body, without framing.
    func sendBody(_ bytes: ByteBuffer)

    /// Ends the response and sends what was gathered. The stream is free for the next request.
    ///
    /// - Returns: false where the client is gone, which ``RequestReceiver/clientGone()`` tells afterwards.
    func finish() -> Bool

    /// Sends what was gathered.
    ///
    /// - Returns: as of ``finish()``.
    @discardableResult
    func flush() -> Bool

    /// Closes at once, whatever was still to be sent. What the client has of a response must not look complete.
    func reset()

    /// The response to the request in hand is the connection's last.
    func closeAfterResponse()

    /// The receiver takes no more of the request's body; said before the head of the response. A short rest is read and
    /// dropped, so that the connection lives on.
    func discardRequestBody()

    /// The receiver takes more of the body now; looked at when the event in hand is over.
    func resumeReading()

    /// Whether the client took some bytes since the last look: a client that reads slowly reads.
    ///
    /// - Parameter unsent: bytes that had not left at that look; -1 before the first one, which then is true.
    func hasProgressed(since unsent: inout Int) -> Bool

    /// The response is 101, and was flushed: the tunnel has the connection from now on (RFC 9110 section 7.8).
    func startTunnel(_ tunnel: ClientTunnel)
}
