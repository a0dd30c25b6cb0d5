/// Which protocols a route's requests may change to on their connection (RFC 9110, section 7.8).
package struct UpgradeConfiguration: Sendable, Equatable {
    /// The protocols' names in lower case; `websocket` is RFC 6455's, all others pass as bytes.
    package var protocols: [String] = []
    /// How long nothing may move, in either direction.
    package var idleTimeout = Duration.seconds(300)
    /// What becomes of an open connection whose token expires or is revoked.
    package var whenTokenEnds = TokenEndPolicy.close

    init() {}
}

/// What becomes of an open connection whose token expires or is revoked.
package enum TokenEndPolicy: String, Sendable, CaseIterable {
    /// It is closed; a WebSocket with 1008.
    case close
    /// It stays open.
    case keep
}
