import Configuration

/// The network of a client: an IPv4 address, or an IPv6 network of 64 bits, the size that one household or server gets,
/// so that a client does not have 2^64 buckets.
struct ClientNetwork: Equatable, Sendable {
    let high: UInt64
    let low: UInt64

    /// - Parameter address: nil where it is not known; all of those share one.
    init(_ address: IPAddress?) {
        high = address?.high ?? 0
        low = address.map { $0.isIPv4 ? $0.low : 0 } ?? 0
    }
}
