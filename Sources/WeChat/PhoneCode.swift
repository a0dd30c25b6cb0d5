import Cryptography

/// What the phone button of a Mini Program gives: good for one call of `getuserphonenumber` within five minutes, and not
/// to be confused with the code of `wx.login`. Nothing prints it.
package struct PhoneCode: Sendable, Redacted {
    /// The code itself. Never logged.
    package let text: String

    /// Refuses what WeChat never gives, so that it is not asked in vain: a code is 1 to 128 letters, digits and
    /// `-_.~+/=`.
    package init(_ text: String) throws(WeChatFailure) {
        guard LoginCode.isValid(text) else { throw WeChatFailure(.codeInvalid(mock: false)) }
        self.text = text
    }
}

/// By its text, so that calls with the same code can be told; the hash is seeded per process.
extension PhoneCode: Hashable {}
