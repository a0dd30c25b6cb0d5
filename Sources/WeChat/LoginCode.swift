import Cryptography

/// What `wx.login` gives a Mini Program: good for one exchange within five minutes. Nothing prints it.
package struct LoginCode: Sendable, Redacted {
    /// The developer tools use this code if no app id is set.
    static let mock = "the code is a mock one"
    static let maximumLength = 128

    /// The code itself. Never logged.
    package let text: String

    /// Rejects codes that WeChat never issues, to save a call: a code is 1 to 128 letters, digits and `-_.~+/=`.
    package init(_ text: String) throws(WeChatFailure) {
        guard !text.utf8.elementsEqual(Self.mock.utf8) else { throw WeChatFailure(.codeInvalid(mock: true)) }
        guard Self.isValid(text) else { throw WeChatFailure(.codeInvalid(mock: false)) }
        self.text = text
    }

    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maximumLength && text.utf8.allSatisfy(mayHold)
    }

    private static func mayHold(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "-_.~+/=".utf8.contains(byte)
        }
    }
}

/// Hashes the text, so that calls with the same code are recognized; the hash is seeded per process.
extension LoginCode: Hashable {}
