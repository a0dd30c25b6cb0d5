import NIOCore

/// The access tokens of the stand-in's apps, with the rules of `stable_token`.
struct AccessTokenBook: Sendable {
    /// WeChat's lifetime; shorter for tests of expiry.
    static let longestLifetime = TimeAmount.seconds(7200)
    /// Official: within 30 s of the last forced call, and past 20 of a day, force changes nothing.
    private static let forcedSpacing = TimeAmount.seconds(30)
    private static let forcedPerDay = 20

    private struct Current {
        var text: String
        var expires: NIODeadline
    }

    var lifetime = longestLifetime
    /// By appid.
    private var current: [String: Current] = [:]
    /// Whose each token is, and until when it is good.
    private var known: [String: (appID: String, until: NIODeadline)] = [:]
    private var forced: [String: [NIODeadline]] = [:]

    /// Returns the app's token and its remaining lifetime in seconds: the same token until its last five minutes (in
    /// proportion for shorter lifetimes), then a second one beside it. A forced call makes a new token and invalidates
    /// the old one.
    mutating func token(
        of appID: String,
        isForced: Bool,
        now: NIODeadline,
        using random: inout some RandomNumberGenerator
    ) -> (text: String, expiresIn: Int64) {
        var isForced = isForced
        if isForced {
            let today = (forced[appID] ?? []).filter { now - $0 < .hours(24) }
            let isTooSoon = today.last.map { now - $0 < Self.forcedSpacing } ?? false
            isForced = !isTooSoon && today.count < Self.forcedPerDay
            forced[appID] = isForced ? today + [now] : today
        }
        if let present = current[appID] {
            let margin = TimeAmount.nanoseconds(lifetime.nanoseconds / 24)
            if !isForced, present.expires - now > margin { return (present.text, seconds(present.expires - now)) }
            if isForced { known[present.text] = nil }
        }
        let text = WeChatText.accessToken(using: &random)
        current[appID] = Current(text: text, expires: now + lifetime)
        if known.count > 10_000 { known = known.filter { $0.value.until > now } }
        known[text] = (appID, now + lifetime)
        return (text, seconds(lifetime))
    }

    /// Whose token it is.
    func owner(of text: String, now: NIODeadline) -> Result<String, WeChatError> {
        guard let token = known[text] else { return .failure(.invalidCredential) }
        return token.until > now ? .success(token.appID) : .failure(.accessTokenExpired)
    }

    /// Ends all tokens: calls with them get 42001, and the next `stable_token` gives another.
    mutating func expireAll(now: NIODeadline) {
        current = [:]
        for text in known.keys { known[text]?.until = now }
    }

    private func seconds(_ amount: TimeAmount) -> Int64 { max(1, amount.nanoseconds / 1_000_000_000) }
}
