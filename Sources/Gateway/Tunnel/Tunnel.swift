/// What a client's connection has once its protocol was changed; nothing that a plain request pays for.
final class Tunnel {
    /// How long a border between frames may take to come once the gateway ends a WebSocket.
    static let frameBoundaryTimeout: Int64 = 5_000_000_000
    /// How long the two sides may take to say Close themselves, after that.
    static let closeTimeout: Int64 = 2_000_000_000
    /// The closest ahead that a tunnel's deadline is worth meeting: a token ends at a second.
    static let shortestTimeout: Int64 = 1_000_000_000

    var machine: TunnelMachine
    let rules: UpgradeRules
    /// Unix seconds; nil where no token's end is the tunnel's.
    let tokenEndsAt: Int64?
    /// When a byte last came from either side, or either was seen to read, in nanoseconds of the loop's clock.
    var lastActivityAt: Int64
    /// When it was last looked whether they read.
    var lastCheckedAt = Int64.min
    /// When the end that the gateway has begun has to be over.
    var endsBy = Int64.max
    /// Bytes for the service that its connection had not got rid of at the last look.
    var unsentToService = 0
    /// The client's connection broke, rather than ended.
    var hasClientFailed = false

    init(isWebSocket: Bool, rules: UpgradeRules, tokenEndsAt: Int64?, now: Int64) {
        machine = TunnelMachine(isWebSocket: isWebSocket)
        self.rules = rules
        self.tokenEndsAt = tokenEndsAt
        lastActivityAt = now
    }

    /// Why it ended, for the access log: what came first of all.
    ///
    /// - Parameter breach: where neither side nor the gateway had meant to end it.
    func closeReason(orElse breach: StaticString) -> StaticString {
        if let ending = machine.ending { return ending.closeReason }
        switch machine.firstToLeave {
        case .client: return "the client closed"
        case .service: return "the service closed"
        case nil: return breach
        }
    }
}
