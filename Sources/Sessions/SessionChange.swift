/// Something that changes what tokens issued before are worth. Every worker of every gateway has to know it.
package struct SessionChange: Sendable, Equatable {
    /// The kinds of changes.
    package enum Kind: Sendable, Equatable {
        /// The session is over; `byUser`: by their own logout.
        case sessionEnded(sessionID: String, byUser: Bool)
        /// None of the user's tokens is taken until they are let in again.
        case userBlocked(userID: String)
        case userUnblocked(userID: String)
        /// What is known of a user now, whatever their tokens say.
        case userKnown(UserKey, UserFacts)
    }

    /// The kind of the change, with its subject.
    package let kind: Kind
    /// Seconds since 1970 from when on no token is left that this concerns; nil: it holds until it is taken back.
    package let until: Int64?

    /// - Parameter until: seconds since 1970; nil: until it is revoked.
    package init(_ kind: Kind, until: Int64?) {
        self.kind = kind
        self.until = until
    }
}

/// An answer with what it changed for tokens issued before, but for what a later change that was told already has
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
