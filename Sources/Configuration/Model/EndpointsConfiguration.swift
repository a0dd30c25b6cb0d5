/// The login endpoints: their path and what they accept.
package struct LoginConfiguration: Sendable, Equatable {
    /// The path above them, in normal form, without a slash at the end.
    package var path = "/auth"
    /// Logins of one client address in a second; many users share one where carriers translate addresses.
    package var rate = 200
    /// Calls of the login endpoints with the tokens of one session, in the long run.
    package var sessionRate = RequestRate(count: 2, period: .seconds(1))
    /// How many of those may come at once after a pause.
    package var sessionBurst = 10
    /// How a user's phone number may be sent.
    package var phoneBy = PhoneSource.any

    init() {}
}

/// How a Mini Program hands over a phone number.
package enum PhoneSource: String, Sendable, CaseIterable {
    /// As a code of the phone button, or as encrypted data of the client.
    case any
    /// As a code alone, which WeChat itself exchanges for the number.
    case code
}

/// The health endpoints (contract, section 7).
package struct HealthConfiguration: Sendable, Equatable {
    /// Returns 200 while the process runs.
    package var live = "/livez"
    /// Each returns 200 while the gateway accepts requests.
    package var ready = ["/readyz", "/healthz"]
    /// Whether the traffic port serves these paths too; otherwise only the admin port does.
    package var traffic = true

    init() {}
}
