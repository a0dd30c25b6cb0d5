import APICalls
import WeChat

/// The recent codes and their outcomes, by a keyed digest instead of the code.
///
/// A code works once. A client that lost the response and sends the same code again gets the same login for ten
/// seconds; a longer time would turn a logged code into a password. After that, and for codes that WeChat refused or
/// may have spent, the reply is known for the lifetime of a code, without a call to WeChat.
///
/// This is a value without a clock; times are seconds since 1970. It is bounded: the oldest entries are dropped.
struct CodeMemory {
    /// Names a code of an app without holding it.
    struct Digest: Hashable {
        let high: UInt64
        let low: UInt64
    }

    enum Lookup {
        case nothing
        case login(CompletedLogin)
        case refusal(LoginFailure)
    }

    /// How long a login is shared, in seconds.
    static let sharing: Int64 = 10
    /// How long a code can live (official: five minutes), in seconds.
    static let lifetime: Int64 = 300

    private enum Outcome {
        case login(CompletedLogin, until: Int64)
        case refusal(LoginFailure)
    }

    private struct Entry {
        var outcome: Outcome
        let until: Int64
    }

    private let capacity: Int
    private var entries: [Digest: Entry] = [:]
    /// The digests in the order they came, the oldest first, from `oldest` on.
    private var order: [Digest] = []
    private var oldest = 0
    /// Before this one no token is held any more.
    private var shared = 0

    init(capacity: Int = 65536) {
        self.capacity = max(1, capacity)
    }

    /// Codes remembered.
    var count: Int { entries.count }

    /// The state of a code.
    mutating func lookup(_ digest: Digest, now: Int64) -> Lookup {
        forget(before: now)
        guard let entry = entries[digest] else { return .nothing }
        switch entry.outcome {
        // Its own time, not only its place among the others: those may be out of order where the clock was set.
        case .login(let login, let until):
            return now < until && until - now <= Self.sharing ? .login(login) : .refusal(.codeUsed)
        case .refusal(let failure):
            return .refusal(failure)
        }
    }

    /// The code was good, and is spent.
    mutating func remember(_ digest: Digest, login: CompletedLogin, now: Int64) {
        remember(digest, .login(login, until: now + Self.sharing), now: now)
    }

    /// The code is of no use any more.
    mutating func remember(_ digest: Digest, refusal: LoginFailure, now: Int64) {
        remember(digest, .refusal(refusal), now: now)
    }

    private mutating func remember(_ digest: Digest, _ outcome: Outcome, now: Int64) {
        forget(before: now)
        if entries.updateValue(Entry(outcome: outcome, until: now + Self.lifetime), forKey: digest) == nil {
            order.append(digest)
        }
        while entries.count > capacity { forgetOldest() }
    }

    private mutating func forget(before now: Int64) {
        while shared < order.count, endSharing(order[shared], now: now) { shared += 1 }
        while oldest < order.count, let entry = entries[order[oldest]], entry.until <= now { forgetOldest() }
    }

    /// Drops a token that is no longer shared; false if it still is.
    private mutating func endSharing(_ digest: Digest, now: Int64) -> Bool {
        guard let entry = entries[digest], case .login(_, let until) = entry.outcome else { return true }
        guard until <= now else { return false }
        entries[digest] = Entry(outcome: .refusal(.codeUsed), until: entry.until)
        return true
    }

    private mutating func forgetOldest() {
        guard oldest < order.count else { return }
        entries[order[oldest]] = nil
        oldest += 1
        shared = max(shared, oldest)
        if oldest > 1024, oldest > order.count / 2 {
            order.removeFirst(oldest)
            shared -= oldest
            oldest = 0
        }
    }
}

extension LoginFailure {
    /// The failure of the next request with this code, without a call to WeChat; nil if the code may still be valid.
    ///
    /// - Parameter codeWasSent: whether WeChat may have spent the code, so that it is not sent again.
    init?(remembering failure: LoginFailure, codeWasSent: Bool) {
        switch failure {
        case .codeInvalid, .codeUsed: self = failure
        default:
            guard codeWasSent else { return nil }
            // An operator's block: a new code would not help.
            self = failure == .userBlocked ? .userBlocked : .codeUsed
        }
    }
}

extension WeChatFailure.Kind {
    /// Whether WeChat may have spent the code: it did not refuse the call as such, and may have seen it.
    var mayHaveSpentCode: Bool {
        switch self {
        case .codeInvalid, .codeUsed, .busy, .unintelligible: true
        case .userBlocked, .rateLimited, .quotaUsedUp, .misconfigured, .accessTokenRefused: false
        case .noResponse(.resolve), .noResponse(.connect), .noResponse(.tls), .noResponse(.overloaded),
            .noResponse(.waitedTooLong), .noResponse(.invalidRequest):
            false
        case .noResponse: true
        }
    }
}
