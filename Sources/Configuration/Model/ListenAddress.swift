/// An address and port to listen on.
package struct ListenAddress: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or `localhost`.
    package let host: String
    /// 0 to 65535; 0 lets the kernel choose.
    package let port: Int

    /// Joins both parts; they are not checked.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    static let unset = ListenAddress(host: "", port: 0)

    /// Whether it stands for all addresses of the machine.
    var isUnspecified: Bool { IPAddress(host)?.isUnspecified == true }

    /// Whether it is the address of all, and the other is one of them: `0.0.0.0` has all of IPv4, `::` both versions.
    func covers(_ other: ListenAddress) -> Bool {
        guard let own = IPAddress(host), own.isUnspecified, port == other.port, port != 0, self != other else {
            return false
        }
        return other.host == "localhost" || !own.isIPv4 || IPAddress(other.host)?.isIPv4 == true
    }

    /// Whether a connection to that host and port comes here, as far as addresses tell without a look at the machine.
    func takes(host other: String, port otherPort: Int) -> Bool {
        guard port == otherPort, port != 0 else { return false }
        if host == other { return true }
        let (own, address) = (IPAddress(host), IPAddress(other))
        if let own, own == address { return true }
        // `localhost` is one of these.
        if host == "localhost" || other == "localhost" {
            return isUnspecified || (NetworkName.isLoopback(host) && NetworkName.isLoopback(other))
        }
        guard let own, own.isUnspecified, let address else { return false }
        return (address.isLoopback || address.isUnspecified) && (!own.isIPv4 || address.isIPv4)
    }

    /// Whether only this machine reaches it.
    package var isLoopback: Bool { NetworkName.isLoopback(host) }
}

extension ListenAddress: CustomStringConvertible {
    /// As in the file: `127.0.0.1:8080`, `[::1]:8080`.
    package var description: String { NetworkName.authority(host: host, port: port) }
}
