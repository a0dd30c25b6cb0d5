/// A value with a secret or with personal data. Descriptions, dumps and mirrors show only the name of the type and
/// ``visibleMembers``.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The members that logs and failures of tests may show, by name. None by default.
    var visibleMembers: KeyValuePairs<String, Any> { get }
}

extension Redacted {
    /// No member.
    package var visibleMembers: KeyValuePairs<String, Any> { [:] }

    /// The name of the type and the visible members: `StoredUser(userID: u_1)`.
    package var description: String {
        let members = visibleMembers.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        return members.isEmpty ? "\(Self.self)" : "\(Self.self)(\(members))"
    }

    /// The description: `String(reflecting:)` shows nothing else.
    package var debugDescription: String { description }

    /// The visible members alone.
    package var customMirror: Mirror { Mirror(self, children: visibleMembers) }
}
