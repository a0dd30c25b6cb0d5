import Configuration

/// Whose request it is, as far as limits care.
struct RateLimitKeys {
    /// Nil for a request without a token.
    var user: [UInt8]?
    var app: [UInt8]?
    var address: ClientNetwork
}

/// One limit of one route, shared by all workers.
final class RateLimit: Sendable {
    /// The name in the fields for clients: `"user"`.
    let name: [UInt8]
    /// `"user";q=20;w=2`: the number of requests, and the number of seconds in which an empty bucket refills.
    let policy: [UInt8]
    let bucket: TokenBucket
    private let subject: RateLimitSubject
    private let table: BucketTable
    /// Keys the hashes, so that clients cannot choose collisions.
    private let secret: (UInt64, UInt64)

    init(_ limit: RateLimitConfiguration, name: String) {
        self.name = Array("\"\(name)\"".utf8)
        subject = limit.subject
        bucket = TokenBucket(limit.rate, burst: limit.capacity)
        policy = self.name + Array(";q=\(limit.capacity);w=\(max(bucket.seconds(bucket.capacity), 1))".utf8)
        // Without a token the limits of an app count by address, so theirs is as large.
        table = BucketTable(bucket, slots: limit.subject == .route ? 1 : BucketTable.usualSlots)
        var random = SystemRandomNumberGenerator()
        secret = (random.next(), random.next())
        // The one bucket there will ever be.
        if subject == .route { table.prepare(hash(of: RateLimitKeys(address: ClientNetwork(nil)))) }
    }

    /// Narrower limits are checked first: a request that they refuse does not count for the wider ones.
    var order: Int {
        switch subject {
        case .user: 0
        case .address: 1
        case .app: 2
        case .route: 3
        }
    }

    /// Of SipHash, keyed by the process and by this limit.
    func hash(of keys: RateLimitKeys) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(secret.0)
        hasher.combine(secret.1)
        switch (subject, keys.user, keys.app) {
        case (.route, _, _): break
        case (.user, let user?, let app):
            hasher.combine(1 as UInt8)
            hasher.combine(user.count)
            user.withUnsafeBytes { hasher.combine(bytes: $0) }
            app?.withUnsafeBytes { hasher.combine(bytes: $0) }
        case (.app, _, let app?):
            hasher.combine(2 as UInt8)
            app.withUnsafeBytes { hasher.combine(bytes: $0) }
        case (.user, nil, _), (.app, _, nil), (.address, _, _):
            hasher.combine(3 as UInt8)
            hasher.combine(keys.address.high)
            hasher.combine(keys.address.low)
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    func take(_ hash: UInt64, now: UInt64) -> TokenBucket.Decision { table.take(hash, now: now).decision }

    func giveBack(_ hash: UInt64) { table.giveBack(hash) }

    var byteCount: Int { table.byteCount }
    /// Buckets that gave way before they were full again.
    var displacedCount: Int { table.displacedCount }
    /// Requests that came through uncounted.
    var uncountedCount: Int { table.uncountedCount }
}
