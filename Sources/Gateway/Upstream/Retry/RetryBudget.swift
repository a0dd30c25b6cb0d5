/// The retry budget: retries are a share of all requests, and at least three per second.
///
/// The budget protects a failing service: with 20 % it receives at most 1.2 times the requests of clients. Credit that
/// traffic earns is kept, up to a hundred retries. The three per second are not kept and count against earned credit,
/// so the sum does not exceed the larger of both for long.
///
/// This is a value of one 64-bit word, so that threads can share it by compare-and-exchange.
struct RetryBudget: Equatable, Sendable {
    /// Retries a second that need not be earned.
    static let perSecond = 3
    /// Of earned ones, in thousandths of a retry.
    static let creditLimit = 100_000
    private static let debtLimit = -perSecond * 1000
    private static let price = 1000

    /// The second that ``used`` is about.
    private var second: UInt32
    private var used: Int
    /// In thousandths.
    private(set) var credit: Int

    init() {
        second = 0
        used = 0
        credit = 0
    }

    /// - Parameters:
    ///   - requests: that many were sent for the first time.
    ///   - percent: retries for each hundred requests.
    mutating func deposit(requests: Int, percent: Int) {
        credit = min(credit + requests * percent * 10, RetryBudget.creditLimit)
    }

    /// Takes one retry from the budget; false if the budget is spent.
    ///
    /// - Parameter second: of a monotonic clock.
    mutating func withdraw(second now: UInt32) -> Bool {
        if now != second {
            second = now
            used = 0
        }
        if credit < RetryBudget.price {
            guard used < RetryBudget.perSecond else { return false }
        }
        used = min(used + 1, RetryBudget.perSecond)
        credit = max(credit - RetryBudget.price, RetryBudget.debtLimit)
        return true
    }

    var packed: UInt64 {
        UInt64(second) << 32 | UInt64(UInt8(truncatingIfNeeded: used)) << 24
            | UInt64(UInt32(truncatingIfNeeded: credit - RetryBudget.debtLimit) & 0xFF_FFFF)
    }

    init(packed: UInt64) {
        second = UInt32(truncatingIfNeeded: packed >> 32)
        used = Int(packed >> 24 & 0xFF)
        credit = Int(packed & 0xFF_FFFF) + RetryBudget.debtLimit
    }
}
