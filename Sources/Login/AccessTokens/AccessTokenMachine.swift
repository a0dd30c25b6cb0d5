import WeChat

/// Decides when the access token of one app is fetched, and what callers get in the meantime.
///
/// This is a value without a clock, I/O or waiting callers. Times are milliseconds since 1970; if the clock is set
/// back, no wait gets longer than its own length.
struct AccessTokenMachine: Sendable {
    /// Official: in a token's last five minutes WeChat has a new one, and both are good.
    static let margin: Int64 = 300_000
    /// Without a request for this long, tokens are not fetched in advance.
    static let interest: Int64 = 600_000
    /// Between two fetches in advance: where the clocks differ, WeChat still gives the old token.
    static let advanceSpacing: Int64 = 10_000
    /// Official: forced fetches are 30 s apart, and 20 a day.
    static let forcedSpacing: Int64 = 30_000
    static let forcedPerDay = 20
    private static let day: Int64 = 86_400_000
    static let longestHold: Int64 = 60_000
    /// A job without a result after this time is given up.
    static let patience: Int64 = 60_000

    /// A fetch to be done.
    struct Errand: Sendable, Equatable {
        let id: UInt64
        /// Ends the token that WeChat has.
        let isForced: Bool
        /// The token's text that is known not to be good.
        let refused: String?
    }

    /// The result of a fetch.
    struct Found: Sendable, Equatable {
        var token: AccessToken
        /// The token came from the shared store and not from WeChat.
        var isShared = false
        /// When another gateway last forced a new one, where known.
        var forcedAt: Int64?
    }

    enum Reply: Sendable, Equatable {
        case give(AccessToken)
        case fail(WeChatFailure)
        /// The result of the running job completes the call.
        case wait
    }

    enum Ending: Sendable, Equatable {
        /// It was given up before.
        case ignored
        /// Run this job first; callers keep waiting.
        case again(Errand)
        /// Complete all waiting callers.
        case settled(Result<AccessToken, WeChatFailure>)
    }

    private var token: AccessToken?
    private var lastAsked: Int64?
    private var running: (errand: Errand, since: Int64)?
    private var nextID: UInt64 = 0
    private var failures = 0
    private var lastFailure: WeChatFailure?
    private var holdUntil: Int64 = 0
    private var advanceFrom: Int64 = 0
    /// What some call was refused with, until WeChat gives another.
    private var refusedText: String?
    /// WeChat returned the refused token again and no other was available: further refusals are ignored until this
    /// time.
    private var vouchedUntil: Int64 = 0
    private var forced: [Int64] = []

    /// A caller needs the token. Run the job, if there is one.
    mutating func ask(now: Int64) -> (reply: Reply, errand: Errand?) {
        lastAsked = now
        if let token = usable(now) { return (.give(token), advance(now)) }
        if isRunning(now) { return (.wait, nil) }
        if isHeld(now), let lastFailure { return (.fail(lastFailure), nil) }
        return (.wait, start(isForced: false, now))
    }

    /// A call with this token was refused. A token that has been replaced in the meantime stays.
    mutating func refuse(_ text: String, now: Int64) {
        guard token?.text == text, !(refusedText == text && lies(now, before: vouchedUntil, Self.forcedSpacing)) else {
            return
        }
        refusedText = text
        token = nil
    }

    /// Time has passed; the errand, where there is one, is to be done.
    mutating func tick(now: Int64) -> Errand? {
        guard let lastAsked, now - lastAsked < Self.interest else { return nil }
        return advance(now)
    }

    /// An errand is done.
    mutating func finish(_ errand: Errand, _ result: Result<Found, WeChatFailure>, now: Int64) -> Ending {
        guard errand.id == running?.errand.id else { return .ignored }
        running = nil
        switch result {
        case .failure(let failure):
            failures = min(failures + 1, 16)
            lastFailure = failure
            holdUntil = now + min(Self.longestHold, 1000 << Int64(failures - 1))
            return .settled(usable(now).map { .success($0) } ?? .failure(failure))
        case .success(let found):
            if let other = found.forcedAt { remember(forcedAt: other) }
            if found.token.text == refusedText {
                // The value in the store is older than the refusal: ask WeChat. After that, force a new token.
                if found.isShared { return .again(start(isForced: false, now)) }
                if !errand.isForced, mayForce(now) { return .again(start(isForced: true, now)) }
                vouchedUntil = now + Self.forcedSpacing
            } else {
                refusedText = nil
            }
            failures = 0
            holdUntil = 0
            token = found.token
            advanceFrom = now + Self.advanceSpacing
            return .settled(.success(found.token))
        }
    }

    /// The latest forced fetch that is known of.
    var lastForced: Int64? { forced.last }

    private func usable(_ now: Int64) -> AccessToken? {
        guard let token, token.expiresAt > now else { return nil }
        return token
    }

    private func isRunning(_ now: Int64) -> Bool {
        guard let running else { return false }
        return lies(now, before: running.since + Self.patience, Self.patience)
    }

    private func isHeld(_ now: Int64) -> Bool { lies(now, before: holdUntil, Self.longestHold) }

    /// Whether `now` is before `end`, and not by more than any waiting takes.
    private func lies(_ now: Int64, before end: Int64, _ longest: Int64) -> Bool {
        now < end && end - now <= longest
    }

    private mutating func advance(_ now: Int64) -> Errand? {
        guard let token, token.expiresAt - now <= Self.margin, !isRunning(now), !isHeld(now),
            !lies(now, before: advanceFrom, Self.advanceSpacing)
        else { return nil }
        return start(isForced: false, now)
    }

    private mutating func start(isForced: Bool, _ now: Int64) -> Errand {
        nextID += 1
        if isForced { remember(forcedAt: now) }
        let errand = Errand(id: nextID, isForced: isForced, refused: refusedText)
        running = (errand, now)
        return errand
    }

    private mutating func mayForce(_ now: Int64) -> Bool {
        forced.removeAll { $0 <= now - Self.day || $0 > now + Self.day }
        guard forced.count < Self.forcedPerDay else { return false }
        return forced.last.map { abs(now - $0) >= Self.forcedSpacing } ?? true
    }

    private mutating func remember(forcedAt time: Int64) {
        guard forced.last.map({ time > $0 }) ?? true else { return }
        forced.append(time)
        if forced.count > Self.forcedPerDay { forced.removeFirst() }
    }
}
