/// Where clients and operators connect, and whom to believe.
struct ListenerChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkAddresses()
        checkAdmin()
        checkProxies()
    }

    private mutating func checkAddresses() {
        let addresses = configuration.listeners.map(\.address)
        for (index, address) in addresses.enumerated() where address != .unset {
            let location = location("listeners", "\(index)", "address")
            // Port 0 is another port each time.
            if address.port != 0, addresses[..<index].contains(address) {
                fault(location, "\"\(address)\" is listed twice")
            } else if let other = addresses[..<index].first(where: { $0.covers(address) || address.covers($0) }) {
                fault(location, "\"\(other)\" and \"\(address)\" cannot both be open", hint: "remove the narrower one")
            }
        }
    }

    private mutating func checkAdmin() {
        guard let admin = configuration.admin, admin.address != .unset else { return }
        let location = location("admin", "address")
        if !admin.address.isLoopback, admin.token == nil, node("admin", "token") == nil {
            fault(
                location,
                "without \"token\" the admin port is unprotected, so it must be on loopback",
                hint: "set \"token\", or write \"127.0.0.1:\(admin.address.port)\""
            )
        }
        let listeners = configuration.listeners.map(\.address)
        if admin.address.port != 0, listeners.contains(admin.address) {
            fault(location, "\"\(admin.address)\" is already used by a listener", hint: "choose another port")
        } else if let other = listeners.first(where: { $0.covers(admin.address) || admin.address.covers($0) }) {
            fault(
                location,
                "\"\(admin.address)\" and the listener \"\(other)\" cannot both be open",
                hint: "choose another port"
            )
        }
    }

    /// Networks that hold more than the largest private ones (RFC 1918, RFC 4193) are the internet, or a large part of it.
    private mutating func checkProxies() {
        for (index, range) in configuration.trustedProxies.enumerated() {
            let isIPv4 = range.base.isIPv4 && range.prefixLength >= 96
            guard isIPv4 ? range.prefixLength < 96 + 8 : range.prefixLength < 7 else { continue }
            warning(
                location("trustedProxies", "\(index)"),
                "any client in \(Printable.quoted("\(range)")) may state an address of its choice in x-forwarded-for, "
                    + "and is believed",
                hint: "list the addresses of your load balancer"
            )
        }
    }
}
