import Sessions

/// What concerns all tunnels of a worker at once.
extension Worker {
    /// Ends the tunnels of sessions that are over and of users who are blocked now. A walk over all of them, with each
    /// such change and with nothing else.
    func endRevokedTunnels(_ changes: [SessionChange]) {
        guard !tunnels.isEmpty, changes.contains(where: \.takesAccess) else { return }
        for client in Array(tunnels.values) { client.endTunnelIfRevoked() }
    }

    /// Ends all of them, since the gateway stops.
    func drainTunnels() {
        for client in Array(tunnels.values) { client.endTunnel(because: .stopping) }
    }
}

extension SessionChange {
    fileprivate var takesAccess: Bool {
        switch kind {
        case .sessionEnded, .userBlocked: true
        case .userUnblocked, .userKnown: false
        }
    }
}
