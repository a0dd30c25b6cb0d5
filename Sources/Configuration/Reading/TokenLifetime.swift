/// A token's lifetime as a command line states it: like `tokens.lifetime` (`90s`, `2h`), or a number of seconds alone.
package struct TokenLifetime: Sendable, Equatable {
    /// What `tokens.lifetime` may be.
    static let range = Duration.seconds(1)...Duration.seconds(30 * 86_400)

    /// 1 second to 30 days.
    package let seconds: Int64

    /// Reads a text, or says why it is no lifetime.
    package init(_ text: String) throws(TokenLifetimeFault) {
        let digits = text.utf8.prefix { $0.isASCIIDigit }
        let duration: Duration
        do throws(TextFault) {
            duration = try DurationText.parse(digits.count == text.utf8.count && !digits.isEmpty ? text + "s" : text)
        } catch {
            throw TokenLifetimeFault(description: error.hint.map { "\(error.message); \($0)" } ?? error.message)
        }
        let (seconds, attoseconds) = duration.components
        guard Self.range.contains(duration), attoseconds == 0 else {
            throw TokenLifetimeFault(description: "a lifetime is 1s to 30d, in whole seconds")
        }
        self.seconds = seconds
    }
}

/// Why a text is no lifetime of a token, and what would be one.
package struct TokenLifetimeFault: Error, CustomStringConvertible {
    /// One line for a person.
    package let description: String
}
