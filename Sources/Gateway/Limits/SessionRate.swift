import Configuration

/// The rate limit for calls of the login endpoints with the tokens of one session (`login.sessionRate`), shared by all
/// workers.
///
/// Every such call costs the store a lookup or a write, and some publish a change to every gateway.
final class SessionRate: Sendable {
    private let bucket: TokenBucket
    private let table: BucketTable
    /// Keys the hashes, so that clients cannot choose collisions.
    private let secret: (UInt64, UInt64)

    /// - Parameters:
    ///   - burst: calls that may come at once after a pause.
    ///   - slots: sessions that are counted at a time; more make room for each other as in ``BucketTable``.
    init(_ rate: RequestRate, burst: Int, slots: Int = BucketTable.usualSlots) {
        bucket = TokenBucket(rate, burst: burst)
        table = BucketTable(bucket, slots: slots)
        var random = SystemRandomNumberGenerator()
        secret = (random.next(), random.next())
    }

    /// Counts a call with a token of the session.
    ///
    /// - Parameter now: in nanoseconds of the monotonic clock.
    /// - Returns: nil: admitted; otherwise the number of seconds, at least 1, until the next call is.
    func refusal(of sessionID: [UInt8], now: Int64) -> Int? {
        var hasher = Hasher()
        hasher.combine(secret.0)
        hasher.combine(secret.1)
        sessionID.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = UInt64(bitPattern: Int64(hasher.finalize()))
        guard case .refused(let wait, _) = table.take(hash, now: bucket.instant(now)).decision else { return nil }
        return max(bucket.seconds(wait), 1)
    }

    /// Sessions whose bucket gave way before it was full again.
    var displacedCount: Int { table.displacedCount }
    /// Calls that came through uncounted.
    var uncountedCount: Int { table.uncountedCount }
}
