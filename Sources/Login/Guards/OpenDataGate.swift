import NIOConcurrencyHelpers
import Sessions

/// Limits how often a user may send invalid open data.
///
/// AES-CBC does not authenticate, so an attacker with enough attempts can forge a text that passes all checks: each
/// attempt tells whether a forged block decrypts to valid JSON, and some hundred thousand attempts find one. An honest
/// client fails once after a login on another device, and then logs in again.
final class OpenDataGate: Sendable {
    /// Tries that may fail at once.
    static let burst = 10
    /// Seconds until one more may fail.
    static let interval: Int64 = 60
    /// The maximum number of users that are counted at a time.
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

    /// Why the user's open data must not be decrypted now. Nil: they may be, and count as invalid unless `pass`
    /// follows.
    func enter(_ user: UserKey) -> LoginFailure? {
        let now = clock()
        return users.withLockedValue { $0.admit(user, now: now) }.map { .throttled(retryAfter: $0) }
    }

    /// The data admitted by `enter` were valid, or were not decrypted.
    func pass(_ user: UserKey) {
        users.withLockedValue { $0.giveBack(user) }
    }
}
