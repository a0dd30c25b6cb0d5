/// What logging in has come to since the gateway started.
package struct LoginCounts: Sendable, Equatable {
    /// Of one app.
    package struct App: Sendable, Equatable {
        /// Logins by outcome: `ok`, or `LoginFailure.label`.
        package internal(set) var logins: [String: Int] = [:]
        /// Logins that shared the result of another login with the same code.
        package internal(set) var sharedLogins = 0
        /// Calls of `jscode2session`.
        package internal(set) var exchanges = 0
        /// Phone number calls by outcome, as in `logins`.
        package internal(set) var phoneNumbers: [String: Int] = [:]
    }

    /// By app id.
    package internal(set) var apps: [String: App] = [:]
    /// Tokens that got a successor from the store, from memory, and that got none.
    package internal(set) var renewals = 0
    /// Successor tokens that came from memory.
    package internal(set) var rememberedRenewals = 0
    /// Renewals without a successor token.
    package internal(set) var refusedRenewals = 0
    /// Phone numbers read for services.
    package internal(set) var phoneLookups = 0
    /// Updates of profiles and phone numbers that were recorded.
    package internal(set) var updates = 0
    /// Logouts that were recorded.
    package internal(set) var logouts = 0
    /// Erasures of users that were recorded.
    package internal(set) var erasures = 0
}
