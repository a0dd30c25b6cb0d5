import HTTPWire
import Login
import NIOCore

/// What is known of the request in hand, from its head to its record.
///
/// Everything that outlives the event in which the head was read; the head itself does not.
///
/// One for each exchange, used again and again. A class of this module alone, since the compiler then sees every access to
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
    var framing = BodyFraming.none
    var bodyLimit = UInt64.max
    var bytesIn: UInt64 = 0

    /// Nil before a route is found, and without one.
    var route: CompiledRoute?
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
    var call: Endpoint?
    /// The body of a call to one of the gateway's own endpoints.
    var callBody = CallBody()
    /// What few requests have.
    var rareState: RareState?

    /// Starts anew for a request whose head begins or was refused.
    func begin(loop: LoopContext, worker: Worker) {
        isActive = true
        startedAt = loop.now
        startedMilliseconds = loop.wallMilliseconds
        worker.requestIDs.write(into: &id, milliseconds: loop.wallMilliseconds)
        method = .other
        framing = .none
        bodyLimit = .max
        bytesIn = 0
        route = nil
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
        if callBody.received > 0 { callBody = CallBody() }
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
        framing = head.framing
        if head.method == .other {
            otherMethod = Array(copying: head.arena.readableBytesUInt8Span.extracting(head.methodName.range))
        }
    }
}
