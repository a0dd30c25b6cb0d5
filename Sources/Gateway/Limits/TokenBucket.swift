import Configuration

/// A token bucket as GCRA (the generic cell rate algorithm of ITU-T I.371): the state of a bucket is one instant, at
/// which it is full again.
///
/// Time is counted in ticks; the long-run rate is one request per power of two of ticks, so all arithmetic is exact:
/// between any two instants at most `capacity` requests plus the rate times the elapsed ticks are admitted.
struct TokenBucket: Sendable, Equatable {
    /// The decision for one request.
    enum Decision: Equatable {
        /// - Parameter full: when the bucket is full again, this request counted in.
        case admitted(full: UInt64)
        /// - Parameters:
        ///   - wait: ticks until a request comes through.
        ///   - full: when the bucket is full again.
        case refused(wait: UInt64, full: UInt64)
    }

    /// An instant fits this many bits.
    static let instantBits = 52
    /// Twenty years, longer than any machine is up.
    private static let longestUptime: UInt64 = 20 * 366 * 86_400 * 1_000_000_000

    /// Ticks that one request costs: a power of two.
    let interval: UInt64
    /// Ticks that a full bucket has to give.
    let capacity: UInt64
    /// Requests in `period`.
    private let count: UInt64
    /// In nanoseconds.
    private let period: UInt64
    private let shift: UInt64

    /// - Parameters:
    ///   - rate: 1 to 1,000,000 requests in its period.
    ///   - burst: 1 to 1,000,000 requests that come through at once.
    init(_ rate: RequestRate, burst: Int) {
        count = UInt64(max(rate.count, 1))
        period = UInt64(max(rate.period.nanoseconds, 1))
        // As fine as the instants of twenty years allow: a millionth of a second or less for rates from 1/s on.
        var shift: UInt64 = 24
        let intervals = Self.longestUptime.multipliedFullWidth(by: count)
        let most = period.dividingFullWidth(intervals).quotient
        while shift > 0, most >= 1 << (UInt64(Self.instantBits) - 1 - shift) { shift -= 1 }
        self.shift = shift
        interval = 1 << shift
        capacity = UInt64(max(burst, 1)) << shift
    }

    /// The instant of a time.
    ///
    /// - Parameter nanoseconds: of the steady clock.
    func instant(_ nanoseconds: Int64) -> UInt64 {
        let time = min(UInt64(max(nanoseconds, 0)), Self.longestUptime)
        return period.dividingFullWidth(time.multipliedFullWidth(by: count << shift)).quotient
    }

    /// Takes one token.
    ///
    /// - Parameter full: when the bucket is full again; an instant in the past means full.
    func take(full: UInt64, now: UInt64) -> Decision {
        let next = max(full, now) + interval
        guard next - now > capacity else { return .admitted(full: next) }
        return .refused(wait: next - now - capacity, full: next - interval)
    }

    /// The number of whole tokens left.
    func remaining(full: UInt64, now: UInt64) -> Int {
        guard full > now else { return Int(capacity >> shift) }
        let spent = full - now
        return spent >= capacity ? 0 : Int((capacity - spent) >> shift)
    }

    /// Ticks as seconds, rounded up.
    func seconds(_ ticks: UInt64) -> Int {
        let whole = ticks.multipliedFullWidth(by: period)
        // More than five centuries.
        guard whole.high < count << shift else { return .max }
        let (quotient, remainder) = (count << shift).dividingFullWidth(whole)
        let nanoseconds = remainder > 0 && quotient < .max ? quotient + 1 : quotient
        return Int(nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0))
    }
}
