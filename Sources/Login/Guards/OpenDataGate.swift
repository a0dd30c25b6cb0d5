import NIOConcurrencyHelpers
import Sessions

/// How often a user may send open data that turn out to be no good.
///
/// AES-CBC authenticates nothing, so whoever may try often enough can put together a text that passes all checks: every
/// try tells whether a block that was made up decrypts to something that can stand in JSON, and some hundred thousand
/// tries find one. An honest client fails once after a new login elsewhere, and then logs in again.
final class OpenDataGate: Sendable {
    /// Tries that may fail at once.
    static let burst = 10
    /// Seconds until one more may fail.
    static let interval: Int64 = 60
    /// Users who are counted at a time.
    private static let capacity = 16_384

    private let clock: @Sendable () -> Int64
    private let users: NIOLockedValueBox<KeyedRate<UserKey>>

    /// - Parameter clock: milliseconds since 1970.
    init(clock: @escaping @Sendable () -> Int64) {
        self.clock = clock
        users = NIOLockedValueBox(
            KeyedRate(interval: Self.interval * 1000, burst: Self.burst, capacity: Self.capacity)
        )
    }

    /// Why the user's open data may not be looked at now; nil: they may, and count as no good unless `pass` follows.
    func enter(_ user: UserKey) -> LoginFailure? {
        let now = clock()
        return users.withLockedValue { $0.admit(user, now: now) }.map { .throttled(retryAfter: $0) }
    }

    /// What `enter` let in was good, or was not looked at.
    func pass(_ user: UserKey) {
        users.withLockedValue { $0.giveBack(user) }
    }
}
