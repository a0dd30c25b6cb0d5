/// Where clients and operators connect.
struct ListenerChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        var seen: Set<ListenAddress> = []
        for (index, listener) in configuration.listeners.enumerated() {
            // Port 0 is another port each time.
            if listener.address != .unset, listener.address.port != 0, !seen.insert(listener.address).inserted {
                fault(
                    location("listeners", "\(index)", "address"),
                    "\"\(listener.address)\" is listed twice"
                )
            }
        }
        guard let admin = configuration.admin, admin.address != .unset else { return }
        let location = location("admin", "address")
        if !admin.address.isLoopback, admin.token == nil, node("admin", "token") == nil {
            fault(
                location,
                "without \"token\" the admin port is unprotected, so it must be on loopback",
                hint: "set \"token\", or write \"127.0.0.1:\(admin.address.port)\""
            )
        }
        if seen.contains(admin.address) {
            fault(location, "\"\(admin.address)\" is already used by a listener", hint: "choose another port")
        }
    }
}
