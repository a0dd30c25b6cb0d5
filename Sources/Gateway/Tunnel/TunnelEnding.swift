/// Why the gateway itself ends a tunnel. `ClientTunnel` decides when a token or idle time ends it, `Worker.take(_:)`
/// when a session or user does.
enum TunnelEnding: Equatable, Sendable {
    case tokenExpired
    /// Its session was ended by an operator.
    case tokenRevoked
    /// Its user has logged out.
    case loggedOut
    case userBlocked
    /// Nothing moved for as long as the route allows.
    case idle
    /// The gateway stops.
    case stopping
    /// Frames that cannot be followed.
    case brokenFrame

    /// What a WebSocket's ends are told (RFC 6455, section 7.4.1): a code, and a reason for people.
    var close: (code: UInt16, reason: StaticString) {
        switch self {
        case .tokenExpired: (1008, "token expired")
        case .tokenRevoked: (1008, "token revoked")
        case .loggedOut: (1008, "logged out")
        case .userBlocked: (1008, "user blocked")
        case .idle: (1001, "idle")
        case .stopping: (1001, "going away")
        case .brokenFrame: (1002, "broken frame")
        }
    }

    /// For the access log: stays the same.
    var closeReason: StaticString {
        switch self {
        case .tokenExpired: "token expired"
        case .tokenRevoked: "token revoked"
        case .loggedOut: "logged out"
        case .userBlocked: "user blocked"
        case .idle: "idle"
        case .stopping: "the gateway stopped"
        case .brokenFrame: "broken frame"
        }
    }
}
