/// Something that changes what tokens issued before are worth. Every worker of every gateway has to know it.
package struct SessionChange: Sendable, Equatable {
    /// The kinds of changes.
    package enum Kind: Sendable, Equatable {
        /// The session has ended; `byUser`: by the user's own logout.
        case sessionEnded(sessionID: String, byUser: Bool)
        /// The user's tokens are refused until the user is unblocked.
        case userBlocked(userID: String)
        case userUnblocked(userID: String)
        /// The known facts about a user, which override the user's tokens.
        case userKnown(UserKey, UserFacts)
    }

    /// The kind of the change, with its subject.
    package let kind: Kind
    /// The time from which no affected token is valid, in seconds since 1970; nil: in force until revoked.
    package let until: Int64?

    /// - Parameter until: seconds since 1970; nil: until it is revoked.
    package init(_ kind: Kind, until: Int64?) {
        self.kind = kind
        self.until = until
    }
}

/// A result with the changes that it makes to existing tokens, except changes that a later, already published one has
/// overtaken.
package struct Updated<Value: Sendable>: Sendable {
    /// The result of the call.
    package let value: Value
    /// The changes to publish.
    package let changes: [SessionChange]

    /// - Parameter changes: the changes to publish.
    package init(_ value: Value, changes: [SessionChange]) {
        self.value = value
        self.changes = changes
    }
}
