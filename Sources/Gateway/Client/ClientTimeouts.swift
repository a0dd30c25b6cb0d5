/// How long clients may take, in nanoseconds.
struct ClientTimeouts: Sendable {
    /// How long a closing connection goes on reading, so that the client gets its response (RFC 9112 section 9.6).
    static let linger: Int64 = 2_000_000_000
    /// How long a connection without a request yet may wait for one while the gateway stops.
    static let lastChance: Int64 = 1_000_000_000
    /// How long a client may take nothing at all of what waits for it. Long, since a client that reads a KiB a second
    /// opens its window only once a minute.
    static let stall: Int64 = 300_000_000_000

    /// For a request's head, from its first byte; also for the first byte of a connection.
    let head: Int64
    /// Between two pieces of a request's body.
    let body: Int64
    /// Between two requests of a connection.
    let keepAlive: Int64
    /// The time that a byte of a body is worth: the inverse of the minimum rate; `.max` where there is none.
    var nanosecondsPerByte = Int64.max

    /// When more of a body has to be here, as far as its rate goes.
    ///
    /// - Parameters:
    ///   - deadline: when the piece that came had to be here.
    ///   - count: its bytes.
    @inline(__always)
    func bodyDeadline(after deadline: Int64, count: Int) -> Int64 {
        let (credit, isLarge) = nanosecondsPerByte.multipliedReportingOverflow(by: Int64(count))
        let (instant, isFar) = deadline.addingReportingOverflow(credit)
        return isLarge || isFar ? .max : instant
    }
}
