/// The outcome of one request at one target.
enum ServiceOutcome: Equatable, Sendable {
    /// A final head came.
    case status(Int)
    case fault(ServiceFault)
    /// No result for the target: the client disconnected or was at fault.
    case abandoned

    /// 502, 503 and 504 are about the target. A 500 may be about the request, and a client that causes it must not be
    /// able to eject targets for others.
    var forBreaker: CircuitBreaker.Outcome {
        switch self {
        case .status(502), .status(503), .status(504), .fault: .failure
        case .status: .success
        case .abandoned: .none
        }
    }
}

extension TargetCounters {
    /// Counts a failure by its kind; a success counts nothing.
    mutating func count(_ outcome: ServiceOutcome) {
        switch outcome {
        case .abandoned: break
        case .status: if outcome.forBreaker == .failure { statusFailures &+= 1 }
        case .fault(let fault):
            switch fault {
            case .connectFailed, .nameNotFound, .connectTimedOut, .tlsFailed, .tlsTimedOut: connectFailures &+= 1
            case .timedOut: timeouts &+= 1
            case .closed: closes &+= 1
            case .malformed, .tooManyInformational, .unsolicitedUpgrade: malformed &+= 1
            case .noTarget, .noConnection, .refused: break
            }
        }
    }
}
