/// Routes that leave open what another route seems to close.
struct ExposureChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        for exposure in RouteExposure.find(in: configuration) {
            let (message, hint) = words(exposure)
            // Only `"auth"` makes a route open, so that the file has it.
            warning(location("routes", "\(exposure.open)", "auth"), message, hint: hint)
        }
    }

    private func words(_ exposure: RouteExposure) -> (message: String, hint: String) {
        let strict = configuration.routes[exposure.strict]
        let more = exposure.others == 0 ? "" : " and \(exposure.others) more"
        let name = "/routes/\(exposure.strict) (\(Printable.quoted(strict.path.text)))\(more)"
        let example = exposure.example
        switch exposure.reason {
        case .priority:
            return (
                "\(example) needs no token: the priority of this route takes it from \(name), where one is required",
                "remove \"priority\", or set \"auth\": \"required\""
            )
        case .method:
            return (
                "\(example) needs no token: \(name), where one is required, lists other methods",
                "set \"methods\" here to those that are open, or \"auth\": \"required\""
            )
        case .host:
            return (
                "\(example) to another host needs no token: \(name), where one is required, is for "
                    + "\(Printable.quoted(strict.host ?? "")) only",
                "set \"host\" here too, or \"auth\": \"required\""
            )
        case .spelling:
            return (
                "\(example) needs no token, and a service that ignores case takes it for a request of \(name), where "
                    + "one is required",
                "make sure that the service tells upper and lower case apart, or set \"auth\": \"required\""
            )
        }
    }
}
