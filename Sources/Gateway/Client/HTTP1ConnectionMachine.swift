import HTTPWire

/// How far a client's HTTP/1.1 connection has got (RFC 9112 section 9): event in, decision out. Bytes, timers and the
/// channel are the driver's.
///
/// The client may close or half-close, send the next request early, send broken bytes or stop reading at any moment, and
/// the gateway may stop at any moment; each is met by a decision. An event that only our own driver could cause (the end of
/// a body that nobody reads) changes nothing.
///
/// `closed` cannot be left, and `lingering` only for `closed`.
struct HTTP1ConnectionMachine: Equatable, Sendable {
    enum Phase: Equatable, Sendable {
        /// Between two requests.
        case idle
        /// A part of a head is here.
        case head
        /// A request runs, and its body is not complete.
        case body
        /// A request runs and is complete.
        case response
        /// The response is complete, the request is not: the short rest of its body is read and dropped.
        case discard
        /// Not HTTP any more.
        case tunnel
        /// The output is closed, or about to be. Input is dropped, so that no reset overtakes the response (section 9.6).
        case lingering
        case closed
    }

    /// What the driver does when a response, or the rest of a request's body, has come to its end.
    enum Next: Equatable, Sendable {
        case none
        /// Wait for the next request.
        case nextRequest
        /// Read the rest of the body and drop it.
        case discard
        /// Close the output and linger.
        case close
        /// Close at once: the client will not complete its request.
        case abandon
    }

    /// How a response is written.
    struct ResponseForm: Equatable, Sendable {
        let framing: BodyFraming
        let connection: ConnectionToken
    }

    private enum Coding: Equatable { case none, chunked, untilClose }

    /// The rest of a body up to this size is read and dropped after an early response.
    static let discardLimit: UInt64 = 64 * 1024

    private(set) var phase = Phase.idle
    /// No request has begun yet.
    private(set) var isFresh = true
    /// The version of the request in hand.
    private(set) var version = HTTPVersion.http11
    /// The client waits with the body until it is asked for.
    private(set) var expectsContinue = false
    private var keepsAlive = true
    private var isRequestComplete = true
    /// The length of the body is known and short, and the client does not wait with it: the rest will surely come.
    private var isRestShort = false
    /// The receiver takes no more of the body.
    private var discardsRest = false
    private var coding = Coding.none

    init() {}

    /// The body of the response is sent in chunks.
    var isChunked: Bool { coding == .chunked }

    /// The response in hand has no other end than the connection's (RFC 9112 section 6.3): a cut one must not look complete.
    var endsWithConnection: Bool { coding == .untilClose }

    /// What still comes of the client is dropped.
    var dropsInput: Bool { phase == .lingering || phase == .closed }

    // MARK: - The request

    /// A part of a head came. True for the first part.
    @inline(__always)
    mutating func headBegan() -> Bool {
        guard phase == .idle else { return false }
        phase = .head
        return true
    }

    /// A head is complete.
    @inline(__always)
    mutating func requestBegan(
        version: HTTPVersion,
        framing: BodyFraming,
        keepsAlive: Bool,
        expectsContinue: Bool
    ) {
        guard phase == .idle || phase == .head else { return }
        self.version = version
        self.keepsAlive = keepsAlive
        isFresh = false
        let hasBody: Bool
        (hasBody, isRequestComplete, isRestShort) =
            switch framing {
            case .none: (false, true, false)
            case .length(let count): (true, count == 0, count <= Self.discardLimit)
            case .chunked, .untilClose: (true, false, false)
            }
        self.expectsContinue = expectsContinue && version == .http11 && hasBody
        if self.expectsContinue { isRestShort = false }
        discardsRest = false
        coding = .none
        phase = hasBody ? .body : .response
    }

    /// No request can be read: the head is broken or too slow, or the connection is one too many. One response follows.
    mutating func requestFailed() {
        guard phase == .idle || phase == .head else { return }
        requestBegan(version: .http11, framing: .none, keepsAlive: false, expectsContinue: false)
    }

    /// The body of the request is complete.
    ///
    /// - Returns: what follows where the body was dropped; `.none` where a receiver took it.
    @inline(__always)
    mutating func bodyEnded(isStopping: Bool) -> Next {
        switch phase {
        case .body:
            isRequestComplete = true
            phase = .response
            return .none
        case .discard:
            isRequestComplete = true
            return awaitNextRequest(isStopping: isStopping)
        case .idle, .head, .response, .tunnel, .lingering, .closed:
            return .none
        }
    }

    /// The framing of the body is broken: where it ends cannot be told, and nothing more of it is read.
    ///
    /// - Returns: `.close` where the body was dropped; `.none` where a receiver takes it and has to respond.
    mutating func bodyFailed() -> Next {
        switch phase {
        case .body:
            keepsAlive = false
            phase = .response
            return .none
        case .discard:
            return close()
        case .idle, .head, .response, .tunnel, .lingering, .closed:
            return .none
        }
    }

    /// The client has ended its sending side, and all that it had sent was taken. What it asked for in full it gets.
    mutating func inputEnded() -> Next {
        switch phase {
        case .idle, .head, .discard:
            return close()
        case .body where !isRequestComplete:
            // RFC 9112 section 8: an incomplete message ends the connection.
            return .abandon
        case .body, .response:
            keepsAlive = false
            return .none
        case .tunnel, .lingering, .closed:
            return .none
        }
    }

    // MARK: - The response

    /// The receiver takes no more of the request's body.
    mutating func discardRest() { discardsRest = true }

    /// The response in hand is the last.
    mutating func closeAfterResponse() { keepsAlive = false }

    /// A response begins.
    ///
    /// - Parameter isStopping: the gateway stops.
    @inline(__always)
    mutating func responseBegan(_ body: ResponseBody, isStopping: Bool) -> ResponseForm {
        // A request that is not complete yet may never be: nothing can be read behind it.
        if isStopping || !isRequestComplete && !(discardsRest && isRestShort) { keepsAlive = false }
        let framing: BodyFraming
        switch body {
        case .none:
            framing = .none
        case .length(let count):
            framing = .length(count)
        case .unknown where version == .http10:
            // HTTP/1.0 knows no chunked coding (RFC 9112 section 7).
            framing = .untilClose
            coding = .untilClose
            keepsAlive = false
        case .unknown:
            framing = .chunked
            coding = .chunked
        }
        let connection: ConnectionToken = !keepsAlive ? .close : version == .http10 ? .keepAlive : .none
        return ResponseForm(framing: framing, connection: connection)
    }

    /// The response is complete.
    @inline(__always)
    mutating func responseEnded(isStopping: Bool) -> Next {
        guard phase == .body || phase == .response else { return .none }
        coding = .none
        if !keepsAlive { return close() }
        if isRequestComplete { return awaitNextRequest(isStopping: isStopping) }
        phase = .discard
        return .discard
    }

    private mutating func awaitNextRequest(isStopping: Bool) -> Next {
        if isStopping { return close() }
        phase = .idle
        return .nextRequest
    }

    // MARK: - The end

    /// The gateway stops. `.close` where no request runs or has begun; the driver has seen that none has arrived.
    mutating func stop() -> Next {
        phase == .idle ? close() : .none
    }

    /// The connection ends behind what was written.
    mutating func close() -> Next {
        guard phase != .lingering, phase != .closed else { return .none }
        phase = .lingering
        return .close
    }

    /// The connection is another protocol's from now on.
    mutating func tunnelBegan() {
        guard phase == .response else { return }
        phase = .tunnel
    }

    /// The connection ends at once, or has ended. False where it had before.
    mutating func end() -> Bool {
        guard phase != .closed else { return false }
        phase = .closed
        return true
    }
}
