/// A host as the `host` field of a request names it: a name or a literal address, and a port where one is stated
/// (RFC 9110, section 7.2).
package struct HostName: Sendable, Hashable {
    /// In lower case; an IPv6 address without its brackets.
    package let host: String
    /// 0 to 65535; nil where none is stated.
    package let port: Int?

    /// Reads `name`, `name:port`, `192.0.2.1:port` and `[2001:db8::1]:port`. Nil for anything else: an empty host or
    /// port, a trailing dot, bytes beyond ASCII, short forms of IPv4 (`127.1`), an IPv6 address without brackets.
    package init?(_ text: String) {
        // A few letters beyond ASCII have a lower case within it.
        guard text.utf8.allSatisfy({ $0 < 0x80 }), let (host, port) = NetworkName.split(text) else { return nil }
        self.host = host
        self.port = port
    }

    /// The literal address; nil where the host is a name.
    package var address: IPAddress? { IPAddress(host) }

    /// Whether both have the same host: the same name, or the same address in any spelling.
    package func isSameHost(as other: HostName) -> Bool {
        if host.utf8.elementsEqual(other.host.utf8) { return true }
        guard let address else { return false }
        return address == other.address
    }
}

extension HostName: CustomStringConvertible {
    /// As in a `host` field: `name`, `name:8443`, `[2001:db8::1]:8443`.
    package var description: String {
        let literal = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port.map { "\(literal):\($0)" } ?? literal
    }
}
