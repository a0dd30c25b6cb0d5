import Configuration

/// Where a client is: an IPv4 address, or an IPv6 network of 64 bits, which is what one household or one server gets, so
/// that nobody has a bucket for each of 2^64 addresses.
struct ClientNetwork: Equatable, Sendable {
    let high: UInt64
    let low: UInt64

    /// - Parameter address: nil where it is not known; all of those share one.
    init(_ address: IPAddress?) {
        high = address?.high ?? 0
        low = address.map { $0.isIPv4 ? $0.low : 0 } ?? 0
    }
}
