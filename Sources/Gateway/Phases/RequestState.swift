import HTTPWire
import NIOCore

/// What is known of the request in hand, from its head to its record.
///
/// Everything that outlives the event in which the head was read; the head itself does not.
///
/// One for each connection, used again and again. A class of this module alone, since the compiler then sees every access to
/// a property: inside a struct that is a property itself, each would be checked when it happens for not overlapping.
final class RequestState {
    var isActive = false
    var startedAt: Int64 = 0
    var startedMilliseconds: Int64 = 0
    /// `x-request-id`; the storage is reused.
    var id: [UInt8] = Array(repeating: 0, count: RequestIDGenerator.length)

    var method = HTTPMethod.other
    /// The method's name where it is none of the known ones.
    var otherMethod: [UInt8] = []
    var version = HTTPVersion.http11
    var keepAlive = true
    var framing = BodyFraming.none
    var expectsContinue = false
    var bodyLimit = UInt64.max
    var bytesIn: UInt64 = 0

    /// Index into the worker's routes; -1 before and without one.
    var route = -1
    var endpoint: ReservedPaths.Endpoint?
    var identity: Identity?
    /// Whether `identity` is the bearer of the token that the request's own header carries.
    var isHeaderTokenGood = false
    /// The user that a login gave, for the log.
    var loggedIn: [UInt8]?
    /// The client behind a trusted proxy.
    var clientAddress: [UInt8]?

    var machine = UpstreamRequestMachine(method: .get, hasBody: false)
    var target: UpstreamTarget?
    /// Its tries at targets.
    let attempt = ServiceAttempt()
    /// When all of it has to be over, in nanoseconds of the loop's clock.
    var endsBy = Int64.max
    /// The head as it goes to the service, while the connection is being made.
    var waitingHead = ByteBuffer()
    /// When a connection made for this request stood; 0 where an idle one was used.
    var connectedAt: Int64 = 0
    /// The connection to the service had carried requests before.
    var usedConnection = false

    /// What `x-wx-appid` says, where one of the gateway's own endpoints is called.
    var requestedAppID: [UInt8]?
    /// Which of the gateway's own endpoints is called.
    var call: GatewayCall?
    /// The body of a call to one of the gateway's own endpoints.
    var collected: [UInt8] = []
    /// What few requests have.
    var rareState: RareState?

    /// Starts anew for a request whose head begins or was refused.
    func begin(loop: LoopContext, worker: Worker) {
        isActive = true
        startedAt = loop.now
        startedMilliseconds = loop.wallMilliseconds
        worker.requestIDs.write(into: &id, milliseconds: loop.wallMilliseconds)
        method = .other
        version = .http11
        keepAlive = true
        framing = .none
        expectsContinue = false
        bodyLimit = .max
        bytesIn = 0
        route = -1
        endpoint = nil
        if call != nil { call = nil }
        if requestedAppID != nil { requestedAppID = nil }
        identity = nil
        isHeaderTokenGood = false
        target = nil
        attempt.begin()
        endsBy = .max
        machine = UpstreamRequestMachine(method: .get, hasBody: false)
        connectedAt = 0
        usedConnection = false
        if clientAddress != nil { clientAddress = nil }
        if !otherMethod.isEmpty { otherMethod = [] }
        if loggedIn != nil { loggedIn = nil }
        if !collected.isEmpty { collected = [] }
        if rareState != nil { rareState = nil }
        if waitingHead.capacity > 0 { waitingHead = ByteBuffer() }
    }

    /// Changes what few requests have; makes it where this is the first of it.
    func withRareState(_ change: (RareState) -> Void) {
        let changed = rareState ?? RareState()
        change(changed)
        rareState = changed
    }

    /// Takes what has to outlive the head.
    func take(_ head: borrowing RequestHead) {
        method = head.method
        version = head.version
        keepAlive = head.keepAlive
        framing = head.framing
        expectsContinue = head.expectsContinue && head.version == .http11 && head.framing != .none
        if head.method == .other {
            otherMethod = Array(copying: head.arena.readableBytesUInt8Span.extracting(head.methodName.range))
        }
    }
}

/// What is known of the answer in hand; a class for the reason of ``RequestState``.
final class ResponseState {
    var treatment = ResponsePlan.Treatment.pass
    var isStreaming = false
    var isChunked = false
    /// The body has no other end than the connection's (RFC 9112 section 6.3, towards HTTP/1.0).
    var endsWithConnection = false
    var status = 0
    var serviceStatus = 0
    var code = 0
    var reason: ErrorCode?
    /// What the service did wrong, for the log.
    var cause: StaticString?
    var firstByteAt: Int64 = 0
    var bytesOut: UInt64 = 0
    var wrapper = SuccessWrapper()
    var capture: FailureCapture?
    var failureHead: ResponseHead?

    static let successCode = 10000

    func begin() {
        treatment = .pass
        isStreaming = false
        isChunked = false
        endsWithConnection = false
        status = 0
        serviceStatus = 0
        code = 0
        reason = nil
        cause = nil
        firstByteAt = 0
        bytesOut = 0
    }

    /// Lets go of what an answer may have held.
    func end() {
        isStreaming = false
        endsWithConnection = false
        if capture != nil { capture = nil }
        if failureHead != nil { failureHead = nil }
    }
}

extension ResponseHead {
    var isJSON: Bool {
        guard let type = firstValue(of: .contentType) else { return false }
        return MediaType.isJSON(arena.readableBytesUInt8Span.extracting(type.range))
    }
}

extension FailureCapture {
    /// For the body that follows this head.
    init(_ head: borrowing ResponseHead, isHead: Bool) {
        let bytes = head.arena.readableBytesUInt8Span
        let type = head.firstValue(of: .contentType) ?? .empty
        let coding = head.firstValue(of: .contentEncoding) ?? .empty
        var length: Int?
        if !isHead, case .length(let count) = head.framing { length = Int(clamping: count) }
        self.init(
            contentType: bytes.extracting(type.range),
            contentEncoding: bytes.extracting(coding.range),
            contentLength: length
        )
    }
}
