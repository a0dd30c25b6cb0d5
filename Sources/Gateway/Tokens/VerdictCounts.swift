/// How many tokens were found to be what, since the worker began: for the metrics. One worker's own.
package struct VerdictCounts {
    private var valid = 0
    private var expired = 0
    private var ended = 0
    private var blocked = 0
    private var faults = [Int](repeating: 0, count: TokenFault.allCases.count)

    /// Creates counts of zero.
    package init() {}

    mutating func count(_ verdict: Verdict) {
        switch verdict {
        case .valid: valid &+= 1
        case .expired: expired &+= 1
        case .invalid(let fault): faults[fault.index] &+= 1
        }
    }

    /// A valid token of an ended session.
    mutating func countEnded() { ended &+= 1 }
    /// A token that is good by itself, of a blocked user.
    mutating func countBlocked() { blocked &+= 1 }

    /// By stable names.
    package var named: [(name: String, count: Int)] {
        [("valid", valid - ended - blocked), ("expired", expired), ("session_ended", ended), ("user_blocked", blocked)]
            + TokenFault.allCases.map { ($0.rawValue, faults[$0.index]) }
    }
}

extension TokenFault {
    /// Its place among all cases.
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
