package import Sessions

/// What became of sessions and users after their tokens were issued (contract, section 5): held in memory by every
/// worker, asked on every request with a token. Holds nothing that no token is left for.
///
/// A value without a clock; times are seconds since 1970. One worker's own.
package struct SessionChanges {
    /// What changes say of a token that is good by itself.
    package enum RevocationStatus: Equatable, Sendable {
        case good
        /// Its session is over; `byUser`: by the user's own logout.
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

    /// Takes changes in, in the order in which they came about; taking one twice changes nothing.
    package mutating func apply(_ changes: [SessionChange], now: Int64) {
        for change in changes {
            let until = change.until ?? .max
            guard until > now else { continue }
            switch change.kind {
            case .sessionEnded(let sessionID, let byUser):
                let key = Array(sessionID.utf8)
                // The first ending tells who ended the session; of two ends the later one stays.
                let former = ended[key]
                ended[key] = Ending(byUser: former?.byUser ?? byUser, until: max(until, former?.until ?? until))
            case .userBlocked(let userID):
                blocked.insert(Array(userID.utf8))
            case .userUnblocked(let userID):
                blocked.remove(Array(userID.utf8))
            case .userKnown(let user, let facts):
                let key = Self.key(appID: Array(user.appID.utf8), openid: Array(user.openid.utf8))
                // Tokens issued under a longer lifetime may outlive what the later change was recorded for.
                known[key] = UserFactsEntry(facts: facts, until: max(until, known[key]?.until ?? until))
            }
        }
    }

    /// Lets go of what concerns no token any more.
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

    /// What is known of a user now.
    package func facts(of identity: Identity) -> UserFacts {
        guard !known.isEmpty, let appID = identity.appID else { return identity.facts }
        let openid = identity.openid ?? Array("user:".utf8) + identity.userID
        return known[Self.key(appID: appID, openid: openid)]?.facts ?? identity.facts
    }

    /// No app id holds a space.
    private static func key(appID: [UInt8], openid: [UInt8]) -> [UInt8] {
        appID + [UInt8(ascii: " ")] + openid
    }
}
