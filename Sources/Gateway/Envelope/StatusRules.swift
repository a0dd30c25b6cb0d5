/// How a service's status is mapped for the client (product contract, section 3).
package enum StatusRules {
    /// `serviceUnauthorized` of a service: what becomes of its 401 and 407, which as such would make the client log in
    /// again for nothing and burn the app's daily quota of logins.
    package enum Unauthorized: Sendable { case as403, as502, pass }

    /// `failures` of a route: which statuses are put into the envelope.
    package enum Failures: Sendable { case from400, from500, none }

    /// The outer status of a failure with the inner status `status`. A response that is not a failure keeps its own.
    package static func clientStatus(ofService status: Int, unauthorized: Unauthorized) -> Int {
        switch (status, unauthorized) {
        case (401, .as403), (407, .as403): 403
        case (401, .as502), (407, .as502): 502
        case (408, _): 504
        case (421, _): 502
        default: status
        }
    }

    /// Whether the response is put into the envelope. 401 and 407 always are, unless they pass. With `from500`,
    /// statuses that are mapped to a 5xx count too (408 and 421).
    package static func isFailure(_ status: Int, failures: Failures, unauthorized: Unauthorized) -> Bool {
        if status == 401 || status == 407, unauthorized != .pass { return true }
        return switch failures {
        case .from400: status >= 400
        case .from500: clientStatus(ofService: status, unauthorized: unauthorized) >= 500
        case .none: false
        }
    }
}
