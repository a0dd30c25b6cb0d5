/// Limits and time-outs that do something else than they seem to.
struct LimitChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkBodies()
        for name in configuration.serviceNames {
            guard let service = configuration.services[name] else { continue }
            checkTimeouts(service.timeouts, name)
            checkHealth(service, name)
        }
        for index in configuration.routes.indices { checkTimeouts(of: configuration.routes[index], "\(index)") }
    }

    // MARK: - Bodies

    /// In other servers a limit of 0 means none.
    private mutating func checkBodies() {
        let zero = BodyLimit.bytes(0)
        let writing = RouteMethodSet([.post, .put, .patch].map { RouteMethodSet($0) })
        var inherits = false
        for (index, route) in configuration.routes.enumerated()
        where !RouteMethodSet(route).isDisjoint(with: writing) {
            if route.bodyLimit == zero { warnOfZero(["routes", "\(index)", "bodyLimit"]) }
            inherits = inherits || route.bodyLimit == nil
        }
        if inherits, configuration.limits.body == zero { warnOfZero(["limits", "body"]) }
    }

    private mutating func warnOfZero(_ path: [String]) {
        warning(
            location(path),
            "every request with a body gets 413",
            hint: "write \"unlimited\" for no limit, or list the methods that have no body"
        )
    }

    // MARK: - Time-outs

    private mutating func checkTimeouts(_ timeouts: ServiceTimeoutsConfiguration, _ name: String) {
        checkOrder(
            [("connect", timeouts.connect), ("firstByte", timeouts.firstByte), ("idle", timeouts.idle)],
            of: timeouts.request,
            ["services", name, "timeouts"]
        )
    }

    private mutating func checkTimeouts(of route: RouteConfiguration, _ number: String) {
        let own = route.timeouts
        checkOrder(
            [("connect", own.connect), ("firstByte", own.firstByte), ("idle", own.idle)],
            of: own.request ?? configuration.services[route.service]?.timeouts.request,
            ["routes", number, "timeouts"]
        )
    }

    /// Of what stands in the file: defaults may be longer.
    private mutating func checkOrder(
        _ parts: [(key: String, value: Duration?)],
        of request: Duration?,
        _ path: [String]
    ) {
        guard let request else { return }
        for (key, value) in parts where context.node(path + [key]) != nil {
            guard let value, value > request else { continue }
            warning(
                location(path + [key]),
                "has no effect: it is longer than \"request\" (\(DurationText.render(request))), which ends first",
                hint: "shorten it, or lengthen \"request\""
            )
        }
    }

    private mutating func checkHealth(_ service: ServiceConfiguration, _ name: String) {
        guard let health = service.health, health.timeout > health.interval,
            node("services", name, "health", "timeout") != nil
        else { return }
        warning(
            location("services", name, "health", "timeout"),
            "is longer than \"interval\" (\(DurationText.render(health.interval))): a target that hangs is asked less "
                + "often than that",
            hint: "shorten it, or lengthen \"interval\""
        )
    }
}
