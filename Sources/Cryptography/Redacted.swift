/// A value that holds a secret, or what belongs to a user alone. Descriptions, dumps and mirrors show the type's name and
/// ``visibleMembers``, and nothing else of the value.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The members that logs and failures of tests may show, by name. None by default.
    var visibleMembers: KeyValuePairs<String, Any> { get }
}

extension Redacted {
    /// No member.
    package var visibleMembers: KeyValuePairs<String, Any> { [:] }

    /// The type's name, with the visible members behind it: `StoredUser(userID: u_1)`.
    package var description: String {
        let members = visibleMembers.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        return members.isEmpty ? "\(Self.self)" : "\(Self.self)(\(members))"
    }

    /// The description: `String(reflecting:)` shows no more.
    package var debugDescription: String { description }

    /// The visible members alone.
    package var customMirror: Mirror { Mirror(self, children: visibleMembers) }
}
