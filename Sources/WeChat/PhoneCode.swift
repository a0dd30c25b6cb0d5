import Cryptography

/// The code of a Mini Program's phone button: valid for one call of `getuserphonenumber` within five minutes. It is not
/// the code of `wx.login`. Nothing prints it.
package struct PhoneCode: Sendable, Redacted {
    /// The code itself. Never logged.
    package let text: String

    /// Rejects codes that WeChat never issues, to save a call: a code is 1 to 128 letters, digits and `-_.~+/=`.
    package init(_ text: String) throws(WeChatFailure) {
        guard LoginCode.isValid(text) else { throw WeChatFailure(.codeInvalid(mock: false)) }
        self.text = text
    }
}

/// Hashes the text, so that calls with the same code are recognized; the hash is seeded per process.
extension PhoneCode: Hashable {}
