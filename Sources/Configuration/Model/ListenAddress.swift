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

    /// Whether only this machine reaches it.
    package var isLoopback: Bool { NetworkName.isLoopback(host) }
}

extension ListenAddress: CustomStringConvertible {
    /// As in the file: `127.0.0.1:8080`, `[::1]:8080`.
    package var description: String { NetworkName.authority(host: host, port: port) }
}
