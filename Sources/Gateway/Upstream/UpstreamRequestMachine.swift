import HTTPWire

/// The state of one request on its way to a service and back: event in, action out.
///
/// Faults of peers are expected: the service may close, respond early, respond twice or break the protocol at any
/// moment, and the client may disconnect at any moment. Each leads to an action. An event that only a bug of the driver
/// could cause (two connections for one attempt, a body before a head) changes nothing and returns `.none`.
///
/// `finished` is terminal.
struct UpstreamRequestMachine: Equatable, Sendable {
    /// The next action of the driver.
    enum Action: Equatable, Sendable {
        case none
        /// Write the request's head, and the body as it comes.
        case send
        /// Send the request again on a new connection.
        case retry
        /// Nothing was sent: send the request to another target.
        case tryAnother
        /// Nothing was sent to the client yet: send a local reply.
        case sendLocalReply(ServiceFault)
        /// A failed response ended while it was being captured: send what was captured.
        case sendTruncatedFailure
        /// The response has started and cannot be completed: reset the client's connection, so that the response does
        /// not look complete.
        case reset
        /// The exchange is complete. `reuse`: the connection may serve the next request.
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
        /// The service most likely never saw the request, since it had closed the idle connection. Allowed once, in
        /// addition to `retries`: it says nothing about the request and little about the target.
        case unseen
        /// It was seen, or may have been: a matter of the budget.
        case budgeted
    }

    private(set) var request: RequestSide
    private(set) var service: ServiceSide = .connecting
    /// Connection attempts, including the current one.
    private(set) var attempts = 1
    /// Times that it went out.
    private(set) var sends = 0
    /// Sends that the service most likely never saw.
    private(set) var unseenSends = 0
    /// Targets that are tried at most where connecting fails.
    static let connectLimit = 4
    /// The maximum number of retries for unseen sends. Retries use new connections, so a second unseen send is
    /// unlikely.
    static let unseenLimit = 1

    private let isIdempotent: Bool
    private let hasBody: Bool
    private let sendLimit: Int
    private var connectFailures = 0
    private var connectionWasUsed = false
    private var reusable = false

    /// - Parameters:
    ///   - method: of the client's request.
    ///   - hasBody: whether a body follows the head.
    ///   - sendLimit: how often the request may be sent with `retries`; 1 without.
    init(method: HTTPMethod, hasBody: Bool, sendLimit: Int = 1) {
        request = hasBody ? .open : .complete
        isIdempotent = method.isIdempotent
        self.hasBody = hasBody
        self.sendLimit = sendLimit
    }

    /// A connection is ready. `used`: it has served a request before, so the service may have closed it in the
    /// meantime.
    mutating func connected(used: Bool) -> Action {
        guard service == .connecting else { return .none }
        connectionWasUsed = used
        service = .waiting
        sends += 1
        return .send
    }

    /// The connection attempt failed. `another`: there is an untried target.
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

    /// Whether the request may be sent again after this fault.
    ///
    /// - Parameter holdsBody: whether the sent part of the body was kept completely.
    func retryPermission(after fault: ServiceFault, holdsBody: Bool = false) -> RetryPermission {
        // RFC 9110 section 9.2.2: sent again only where the method is idempotent.
        guard service == .waiting, isIdempotent else { return .no }
        if fault == .closed, connectionWasUsed, !hasBody, unseenSends < UpstreamRequestMachine.unseenLimit {
            return .unseen
        }
        return hasSendLeft && (!hasBody || holdsBody) ? .budgeted : .no
    }

    /// Unseen sends do not count against the limit.
    private var hasSendLeft: Bool { sends - unseenSends < sendLimit }

    /// Whether the request may be sent again after a response with a status that is retried.
    func retryPermissionAfterStatus(holdsBody: Bool) -> RetryPermission {
        guard service == .waiting, isIdempotent, hasSendLeft, !hasBody || holdsBody else { return .no }
        return .budgeted
    }

    /// Discards the response and sends the request again.
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

    /// The final response head has arrived. `capture`: the response failed; it is collected and sent as one failure.
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
            // On a connection with an incomplete request, the service would take the next head for the rest of the
            // body.
            return .finish(reuse: reusable && request == .complete)
        case .connecting, .waiting, .finished:
            return .none
        }
    }

    /// The connection to the service is closed or no longer usable. `again`: the permission of
    /// ``retryPermission(after:holdsBody:)``, with the budget if required.
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

    /// Abandons the exchange: the client disconnected, a time-out, or a limit. True if a local reply is still possible,
    /// since no byte of the response was forwarded.
    mutating func abandon() -> Bool {
        defer { service = .finished }
        switch service {
        case .connecting, .waiting, .capturing: return true
        case .passing, .finished: return false
        }
    }
}
