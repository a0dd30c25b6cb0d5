/// What became of the costly signatures that came over one connection of a client.
///
/// An address may belong to many users, a connection belongs to one client. So the connection answers for its failures before
/// the address does: after the first one it gets no more than the address has left, and after a few it is closed. A connection
/// of a trusted proxy is one of many clients and has no record.
package struct SignatureRecord: Sendable {
    /// Failures after which the connection is closed.
    static let limit = 5

    /// Signatures that did not match, and verifications that were refused.
    private(set) var failures = 0

    /// A record without a failure.
    package init() {}

    /// Whether the connection is to be closed.
    package var isSpent: Bool { failures >= Self.limit }

    mutating func fail() {
        if failures < Self.limit { failures += 1 }
    }
}

/// The processor time in which a worker still verifies signatures for throttled addresses, first come, first served. Enough for
/// the good tokens behind an abused address, and a bounded share of a core, whatever a signature costs.
struct SpareVerifications {
    /// Nanoseconds of each second: about 2,000 signatures of P-256.
    static let share: Int64 = 200_000_000

    private var second = Int64.min
    private var left: Int64 = 0

    /// - Parameter now: in seconds.
    mutating func isLeft(now: Int64) -> Bool {
        if now != second {
            second = now
            left = Self.share
        }
        return left > 0
    }

    /// A verification took that many nanoseconds.
    mutating func charge(_ time: Int64) {
        left -= time
    }
}
