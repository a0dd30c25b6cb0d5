import JSON

/// The checks of one subject across values: names that must resolve, values that must differ, paths that are reserved.
protocol ConfigurationChecks {
    var context: CheckContext { get set }

    init(context: CheckContext)

    mutating func run()
}

extension CheckContext {
    /// All subjects. Their order decides between findings at the same place alone.
    private static var subjects: [any ConfigurationChecks.Type] {
        [
            ListenerChecks.self, WeChatChecks.self, TokenChecks.self, IssuerChecks.self, SessionChecks.self,
            RateChecks.self,
            ServiceChecks.self, RouteChecks.self, RouteRuleChecks.self, ExposureChecks.self, HeaderRuleChecks.self,
            LimitChecks.self, SecretChecks.self, SharedSecretChecks.self, FileChecks.self,
        ]
    }

    mutating func runAll() {
        for subject in Self.subjects {
            var checks = subject.init(context: self)
            checks.run()
            self = checks.context
        }
    }
}

extension ConfigurationChecks {
    var configuration: GatewayConfiguration { context.configuration }

    mutating func fault(_ location: Location, _ message: String, hint: String? = nil) {
        context.reader.fault(location, message, hint: hint)
    }

    mutating func warning(_ location: Location, _ message: String, hint: String? = nil) {
        context.reader.warning(location, message, hint: hint)
    }

    func location(_ names: String...) -> Location { context.location(names) }

    func location(_ names: [String]) -> Location { context.location(names) }

    func node(_ names: String...) -> JSONNode? { context.node(names) }

    func pattern(_ path: String) -> RoutePattern? { context.pattern(path) }
}
