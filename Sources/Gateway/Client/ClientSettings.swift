import HTTPWire

/// What a connection needs of one generation of routes.json. The worker's ``Snapshot`` is one.
///
/// A request is served wholly by the settings that were in force when its connection turned to it: at its first byte, or at
/// the end of the request before it.
class ClientSettings {
    /// Bounds on heads.
    final let limits: HTTPLimits
    /// Says which header carries the token.
    final let names: FieldNames
    final let timeouts: ClientTimeouts

    init(limits: HTTPLimits, names: FieldNames, timeouts: ClientTimeouts) {
        self.limits = limits
        self.names = names
        self.timeouts = timeouts
    }
}
