import Configuration

/// What a route says of other protocols, in the form that the data path uses.
final class UpgradeRules: Sendable {
    /// Names in lower case.
    let protocols: [[UInt8]]
    /// In nanoseconds.
    let idleTimeout: Int64
    /// Whether the end of the token ends the tunnel.
    let endsWithToken: Bool

    init(_ configuration: UpgradeConfiguration) {
        protocols = configuration.protocols.map { Array($0.utf8) }
        idleTimeout = configuration.idleTimeout.nanoseconds
        endsWithToken = configuration.whenTokenEnds == .close
    }
}
