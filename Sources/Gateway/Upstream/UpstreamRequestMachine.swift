import HTTPWire

/// How far one request has got on its way to a service and back: event in, action out.
///
/// Who may be wrong here: the service may close, answer early, answer twice or break the protocol at any moment, and
/// the client may leave at any moment; both are met by an action. An event that only our own driver could cause (two
/// connections for one attempt, a body before a head) changes nothing and gives `.none`.
///
/// `finished` cannot be left.
struct UpstreamRequestMachine: Equatable, Sendable {
    /// What the driver has to do next.
    enum Action: Equatable, Sendable {
        case none
        /// Write the request's head, and the body as it comes.
        case send
        /// Send the same request once more on a new connection.
        case retry
        /// Nothing was sent: the same for another target.
        case tryAnother
        /// Nothing was sent to the client yet: answer it.
        case sendLocalReply(ServiceFault)
        /// A failing answer stopped half-way while it was captured: report what is there.
        case sendTruncatedFailure
        /// The answer has begun and cannot be completed: the connection to the client is cut, so that what it has does
        /// not look whole.
        case reset
        /// The exchange is over. `reuse`: the connection to the service may serve the next request.
        case finish(reuse: Bool)
    }

    enum RequestSide: Equatable, Sendable { case open, complete }

    enum ServiceSide: Equatable, Sendable {
        case connecting
        /// The request goes out; no final head yet.
        case waiting
        case passing
        case capturing
        case finished
    }

    /// Whether a request may be sent again, and what for.
    enum RetryPermission: Equatable, Sendable {
        case no
        /// It most likely was never seen: the service had closed an idle connection. Once, and beside what `retries` allow:
        /// it says nothing of the request, and next to nothing of the target.
        case unseen
        /// It was seen, or may have been: a matter of the budget.
        case budgeted
    }

    private(set) var request: RequestSide
    private(set) var service: ServiceSide = .connecting
    /// Connections asked for, this one included.
    private(set) var attempts = 1
    /// Times that it went out.
    private(set) var sends = 0
    /// Of these, times that most likely nobody saw it.
    private(set) var unseenSends = 0
    /// Targets that are tried at most where connecting fails.
    static let connectLimit = 4
    /// Repetitions at most because nobody saw it. They go out on new connections, so a second one is no more than bad luck
    /// twice over.
    static let unseenLimit = 1

    private let isIdempotent: Bool
    private let hasBody: Bool
    private let sendLimit: Int
    private var connectFailures = 0
    private var connectionWasUsed = false
    private var reusable = false

    /// - Parameters:
    ///   - method: the client's.
    ///   - hasBody: a body follows the head.
    ///   - sendLimit: how often it may be sent where the service's `retries` say so; 1 where they are off.
    init(method: HTTPMethod, hasBody: Bool, sendLimit: Int = 1) {
        request = hasBody ? .open : .complete
        isIdempotent = method.isIdempotent
        self.hasBody = hasBody
        self.sendLimit = sendLimit
    }

    /// A connection stands. `used`: it has served a request before, so the service may have closed it unseen.
    mutating func connected(used: Bool) -> Action {
        guard service == .connecting else { return .none }
        connectionWasUsed = used
        service = .waiting
        sends += 1
        return .send
    }

    /// No connection came about. `another`: there is a target that was not tried yet.
    mutating func connectFailed(_ fault: ServiceFault, another: Bool = false) -> Action {
        guard service == .connecting else { return .none }
        connectFailures += 1
        if another, connectFailures < UpstreamRequestMachine.connectLimit {
            attempts += 1
            return .tryAnother
        }
        service = .finished
        return .sendLocalReply(fault)
    }

    /// Whether it may be sent again after this fault.
    ///
    /// - Parameter holdsBody: what has gone out of the body is kept whole.
    func retryPermission(after fault: ServiceFault, holdsBody: Bool = false) -> RetryPermission {
        // RFC 9110 section 9.2.2: sent again only where the method is idempotent.
        guard service == .waiting, isIdempotent else { return .no }
        if fault == .closed, connectionWasUsed, !hasBody, unseenSends < UpstreamRequestMachine.unseenLimit {
            return .unseen
        }
        return hasSendLeft && (!hasBody || holdsBody) ? .budgeted : .no
    }

    /// What was seen by nobody does not count against the limit of sends.
    private var hasSendLeft: Bool { sends - unseenSends < sendLimit }

    /// The same after an answer whose status is one to try again after.
    func retryPermissionAfterStatus(holdsBody: Bool) -> RetryPermission {
        guard service == .waiting, isIdempotent, hasSendLeft, !hasBody || holdsBody else { return .no }
        return .budgeted
    }

    /// The answer is let go, and the request sent again.
    mutating func discardResponse() -> Action {
        guard service == .waiting, isIdempotent, hasSendLeft else { return .none }
        attempts += 1
        service = .connecting
        return .retry
    }

    /// The last byte of the request was handed to the connection.
    mutating func requestEnded() {
        request = .complete
    }

    /// The final response head came. `capture`: it is a failure, collected and answered as a whole.
    mutating func responseBegan(capture: Bool, reusable: Bool) {
        guard service == .waiting else { return }
        self.reusable = reusable
        service = capture ? .capturing : .passing
    }

    /// The response is whole.
    mutating func responseEnded() -> Action {
        switch service {
        case .passing, .capturing:
            service = .finished
            // A connection on which the request did not end would take the next head for the rest of this body.
            return .finish(reuse: reusable && request == .complete)
        case .connecting, .waiting, .finished:
            return .none
        }
    }

    /// The connection to the service is gone or cannot be trusted any more. `again`: what ``permission(after:holdsBody:)``
    /// gave leave for, and the budget where it is asked.
    mutating func serviceFailed(_ fault: ServiceFault, again: RetryPermission) -> Action {
        switch service {
        case .waiting:
            if again != .no, isIdempotent {
                if again == .unseen { unseenSends += 1 }
                attempts += 1
                service = .connecting
                return .retry
            }
            service = .finished
            return .sendLocalReply(fault)
        case .passing:
            service = .finished
            return .reset
        case .capturing:
            service = .finished
            return .sendTruncatedFailure
        case .connecting, .finished:
            return .none
        }
    }

    /// The gateway gives the exchange up: the client left, a time-out, a limit. True where the client can still be
    /// answered, as nothing of the service's answer was passed on.
    mutating func abandon() -> Bool {
        defer { service = .finished }
        switch service {
        case .connecting, .waiting, .capturing: return true
        case .passing, .finished: return false
        }
    }
}
