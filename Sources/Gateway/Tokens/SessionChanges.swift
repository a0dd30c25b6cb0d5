package import Sessions

/// The changes of sessions and users since their tokens were issued (contract section 5): held in memory by every
/// worker and consulted for every request with a token. Entries are dropped when no affected token is valid any more.
///
/// This is a value without a clock; times are seconds since 1970. It belongs to one worker.
package struct SessionChanges {
    /// The effect of the changes on a token that is valid by itself.
    package enum RevocationStatus: Equatable, Sendable {
        case good
        /// The session has ended; `byUser`: by the user's own logout.
        case ended(byUser: Bool)
        case blocked
    }

    private struct UserFactsEntry {
        let facts: UserFacts
        let until: Int64
    }

    private struct Ending {
        let byUser: Bool
        let until: Int64
    }

    private var ended: [[UInt8]: Ending] = [:]
    private var blocked: Set<[UInt8]> = []
    private var known: [[UInt8]: UserFactsEntry] = [:]

    /// Creates an empty set of changes.
    package init() {}

    /// Entries held.
    package var count: Int { ended.count + blocked.count + known.count }

    /// Applies changes in the order in which they happened; applying one twice has no effect.
    package mutating func apply(_ changes: [SessionChange], now: Int64) {
        for change in changes {
            let until = change.until ?? .max
            guard until > now else { continue }
            switch change.kind {
            case .sessionEnded(let sessionID, let byUser):
                let key = Array(sessionID.utf8)
                // The first change determines who ended the session; the later expiry wins.
                let former = ended[key]
                ended[key] = Ending(byUser: former?.byUser ?? byUser, until: max(until, former?.until ?? until))
            case .userBlocked(let userID):
                blocked.insert(Array(userID.utf8))
            case .userUnblocked(let userID):
                blocked.remove(Array(userID.utf8))
            case .userKnown(let user, let facts):
                let key = Self.key(appID: Array(user.appID.utf8), openid: Array(user.openid.utf8))
                // Tokens issued with a longer lifetime may outlive the expiry of a later change.
                known[key] = UserFactsEntry(facts: facts, until: max(until, known[key]?.until ?? until))
            }
        }
    }

    /// Drops entries that affect no valid token.
    package mutating func purge(now: Int64) {
        if ended.contains(where: { $1.until <= now }) { ended = ended.filter { $1.until > now } }
        if known.contains(where: { $1.until <= now }) { known = known.filter { $1.until > now } }
    }

    /// Whether the session of a verified token still exists and its user is not blocked.
    package func revocationStatus(of identity: Identity) -> RevocationStatus {
        if !blocked.isEmpty, blocked.contains(identity.userID) { return .blocked }
        if !ended.isEmpty, let sessionID = identity.sessionID, let ending = ended[sessionID] {
            return .ended(byUser: ending.byUser)
        }
        return .good
    }

    /// The known facts about a user.
    package func facts(of identity: Identity) -> UserFacts {
        guard !known.isEmpty, let appID = identity.appID else { return identity.facts }
        let openid = identity.openid ?? Array("user:".utf8) + identity.userID
        return known[Self.key(appID: appID, openid: openid)]?.facts ?? identity.facts
    }

    /// App ids contain no space.
    private static func key(appID: [UInt8], openid: [UInt8]) -> [UInt8] {
        appID + [UInt8(ascii: " ")] + openid
    }
}
