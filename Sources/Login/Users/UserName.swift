/// The characters of user ids, openids and session ids, which appear in header fields, tokens, paths of the operators' port and
/// logs.
///
/// One rule for ids from wherever: a user whom a service may see can also be blocked.
package enum UserName {
    /// The maximum length in bytes, which holds for the claims of tokens too.
    @inlinable
    package static var maximumCount: Int { 256 }

    /// The rule for user ids and openids, for messages.
    package static let rule = "1 to \(maximumCount) visible ASCII characters"

    /// Whether `text` follows the rule.
    package static func isValid(_ text: String) -> Bool {
        (1...maximumCount).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Whether `text` can be the id of a user: what begins with a colon is kept for the gateway.
    package static func isUserID(_ text: String) -> Bool {
        isValid(text) && text.utf8.first != UInt8(ascii: ":")
    }
}
