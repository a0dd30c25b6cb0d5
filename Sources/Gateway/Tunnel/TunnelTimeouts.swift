/// How long the end of a tunnel may take, in nanoseconds.
enum TunnelTimeouts {
    /// How long a boundary between frames may take to come once the gateway ends a WebSocket.
    static let boundary: Int64 = 5_000_000_000
    /// How long the two sides may take to say Close themselves, after that.
    static let close: Int64 = 2_000_000_000
    /// The closest ahead that a tunnel's deadline is worth meeting: a token ends at a second.
    static let shortest: Int64 = 1_000_000_000
}
