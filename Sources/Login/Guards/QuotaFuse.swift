/// Stops exchanges of one app once WeChat reports a used-up quota: further calls would be refused and still count
/// against the app.
///
/// - 45009, the daily quota (Beijing time): opens at once, until midnight in Beijing. Every five minutes one exchange
///   probes the quota, since an operator may have raised it.
/// - 45011, too many calls within a minute, according to some reports of one user: opens only if several callers got it
///   within a minute, for a minute. Then one exchange is a probe.
///
/// This is a value without a clock; times are milliseconds since 1970. If the clock is set back, no opening gets longer
/// than its length.
package struct QuotaFuse: Sendable {
    /// The states of the fuse.
    package enum State: Sendable, Equatable {
        case closed
        /// 45009.
        case dailyQuota
        /// 45011.
        case rate
    }

    /// The permission for one exchange, to be brought back with its outcome.
    package struct Pass: Sendable, Equatable {
        fileprivate let at: Int64
        fileprivate let epoch: UInt64
        /// Whether it is to find out if the fuse can close.
        package let isProbe: Bool
    }

    /// The decision on one exchange.
    package enum Admission: Sendable, Equatable {
        case pass(Pass)
        /// Seconds, at least 1.
        case refused(retryAfter: Int)
    }

    /// The result of one exchange.
    package enum Outcome: Sendable, Equatable {
        /// WeChat decided about the code, whichever way.
        case answered
        /// 45009.
        case dailyQuota
        /// 45011.
        case rateLimited
        /// No response, -1, or never sent: no information about the quota.
        case unknown
    }

    private enum Phase {
        case closed
        case daily(until: Int64, nextProbe: Int64)
        case rate(probeFrom: Int64, probing: Int64?)
    }

    private static let day: Int64 = 86_400_000
    private static let beijing: Int64 = 8 * 3_600_000
    private static let dailyProbe: Int64 = 300_000
    private static let minute: Int64 = 60_000
    /// A probe without a result after this time is given up.
    private static let probeTimeout: Int64 = 15_000

    private let callersToTrip: Int
    private var phase = Phase.closed
    private var epoch: UInt64 = 0
    /// The callers that recently got 45011, with the times.
    private var strikes: [(caller: [UInt8], at: Int64)] = []

    /// - Parameter callersToTrip: the number of different callers that must get 45011 within a minute, at least 1.
    package init(callersToTrip: Int = 3) {
        self.callersToTrip = max(1, callersToTrip)
    }

    /// Whether an exchange may go to WeChat now.
    package mutating func admit(now: Int64) -> Admission {
        closeIfOver(now)
        switch phase {
        case .closed:
            return .pass(Pass(at: now, epoch: epoch, isProbe: false))
        case .daily(let until, let nextProbe):
            guard now >= nextProbe || nextProbe - now > Self.dailyProbe else {
                return .refused(retryAfter: Self.seconds(min(nextProbe, until) - now))
            }
            phase = .daily(until: until, nextProbe: now + Self.dailyProbe)
        case .rate(let probeFrom, let probing):
            guard now >= probeFrom else { return .refused(retryAfter: Self.seconds(probeFrom - now)) }
            if let probing, now >= probing, now - probing < Self.probeTimeout { return .refused(retryAfter: 1) }
            phase = .rate(probeFrom: probeFrom, probing: now)
        }
        return .pass(Pass(at: now, epoch: epoch, isProbe: true))
    }

    /// Records the result of an admitted exchange.
    ///
    /// - Parameter caller: distinguishes callers; for a client address, its key.
    package mutating func settle(_ pass: Pass, _ outcome: Outcome, caller: [UInt8], now: Int64) {
        closeIfOver(now)
        let isProbe = pass.isProbe && pass.epoch == epoch
        switch outcome {
        case .dailyQuota:
            // The used-up quota is that of the day of the call to WeChat.
            let until = Self.midnight(after: pass.at)
            guard until > now else { return }
            if case .daily = phase, !isProbe { return }
            enter(.daily(until: until, nextProbe: now + Self.dailyProbe))
        case .rateLimited:
            switch phase {
            case .closed: strike(caller, now)
            case .rate where isProbe: enter(.rate(probeFrom: now + Self.minute, probing: nil))
            case .rate, .daily: break
            }
        case .answered:
            if isProbe { enter(.closed) }
        case .unknown:
            if isProbe, case .rate(let probeFrom, _) = phase { phase = .rate(probeFrom: probeFrom, probing: nil) }
        }
    }

    /// An operator knows better.
    package mutating func reset() { enter(.closed) }

    /// For monitoring.
    package func state(now: Int64) -> State {
        var fuse = self
        fuse.closeIfOver(now)
        return switch fuse.phase {
        case .closed: .closed
        case .daily: .dailyQuota
        case .rate: .rate
        }
    }

    private mutating func enter(_ phase: Phase) {
        self.phase = phase
        epoch += 1
        strikes = []
    }

    private mutating func closeIfOver(_ now: Int64) {
        switch phase {
        case .daily(let until, _) where now >= until || until - now > Self.day: enter(.closed)
        case .rate(let probeFrom, _) where probeFrom - now > Self.minute: enter(.closed)
        default: break
        }
    }

    private mutating func strike(_ caller: [UInt8], _ now: Int64) {
        strikes.removeAll { $0.caller == caller || now - $0.at >= Self.minute || $0.at > now }
        strikes.append((caller, now))
        if strikes.count >= callersToTrip { enter(.rate(probeFrom: now + Self.minute, probing: nil)) }
    }

    /// The next beginning of a day in Beijing, which knows no summer time.
    private static func midnight(after time: Int64) -> Int64 {
        ((time + beijing) / day + 1) * day - beijing
    }

    private static func seconds(_ milliseconds: Int64) -> Int { Int(max(1, (milliseconds + 999) / 1000)) }
}
