package import HTTPWire

/// How far one request has got on its way to a service and back: event in, action out.
///
/// Who may be wrong here: the service may close, answer early, answer twice or break the protocol at any moment, and
/// the client may leave at any moment; both are met by an action. An event that only our own driver could cause (two
/// connections for one attempt, a body before a head) changes nothing and gives `.none`.
///
/// `finished` cannot be left.
package struct ExchangeMachine: Equatable, Sendable {
    /// What the driver has to do next.
    package enum Action: Equatable, Sendable {
        case none
        /// Write the request's head, and the body as it comes.
        case send
        /// Send the same request once more on a new connection.
        case retry
        /// Nothing was sent to the client yet: answer it.
        case answer(ServiceFault)
        /// A failing answer stopped half-way while it was captured: report what is there.
        case answerTruncated
        /// The answer has begun and cannot be completed: the connection to the client is cut, so that what it has does
        /// not look whole.
        case cut
        /// The exchange is over. `reuse`: the connection to the service may serve the next request.
        case finish(reuse: Bool)
    }

    package enum RequestSide: Equatable, Sendable { case open, complete }

    package enum ServiceSide: Equatable, Sendable {
        case connecting
        /// The request goes out; no final head yet.
        case waiting
        case passing
        case capturing
        case finished
    }

    package private(set) var request: RequestSide
    package private(set) var service: ServiceSide = .connecting
    /// Attempts begun, this one included.
    package private(set) var attempts = 1

    private let retryable: Bool
    private var connectionWasUsed = false
    private var reusable = false

    /// - Parameters:
    ///   - method: the client's.
    ///   - hasBody: a body follows the head; it streams, so it cannot be sent a second time.
    package init(method: HTTPMethod, hasBody: Bool) {
        request = hasBody ? .open : .complete
        retryable = method.isIdempotent && !hasBody
    }

    /// A connection stands. `used`: it has served a request before, so the service may have closed it unseen.
    package mutating func connected(used: Bool) -> Action {
        guard service == .connecting else { return .none }
        connectionWasUsed = used
        service = .waiting
        return .send
    }

    /// No connection came about.
    package mutating func connectFailed(_ fault: ServiceFault) -> Action {
        guard service == .connecting else { return .none }
        service = .finished
        return .answer(fault)
    }

    /// The last byte of the request was handed to the connection.
    package mutating func requestEnded() {
        request = .complete
    }

    /// The final response head came. `capture`: it is a failure, collected and answered as a whole.
    package mutating func responseBegan(capture: Bool, reusable: Bool) {
        guard service == .waiting else { return }
        self.reusable = reusable
        service = capture ? .capturing : .passing
    }

    /// The response is whole.
    package mutating func responseEnded() -> Action {
        switch service {
        case .passing, .capturing:
            service = .finished
            // A connection on which the request did not end would take the next head for the rest of this body.
            return .finish(reuse: reusable && request == .complete)
        case .connecting, .waiting, .finished:
            return .none
        }
    }

    /// The connection to the service is gone or cannot be trusted any more.
    package mutating func serviceFailed(_ fault: ServiceFault) -> Action {
        switch service {
        case .waiting:
            // RFC 9110 section 9.2.2: sent again only where the method is idempotent, and here only on the chance that
            // the service had closed an idle connection before it saw the request; and once.
            if fault == .closed, connectionWasUsed, retryable, attempts == 1 {
                attempts += 1
                service = .connecting
                return .retry
            }
            service = .finished
            return .answer(fault)
        case .passing:
            service = .finished
            return .cut
        case .capturing:
            service = .finished
            return .answerTruncated
        case .connecting, .finished:
            return .none
        }
    }

    /// The gateway gives the exchange up: the client left, a time-out, a limit. True where the client can still be
    /// answered, as nothing of the service's answer was passed on.
    package mutating func abandon() -> Bool {
        defer { service = .finished }
        switch service {
        case .connecting, .waiting, .capturing: return true
        case .passing, .finished: return false
        }
    }
}
