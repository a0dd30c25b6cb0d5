import Configuration
import Testing

@Suite("What a file says of services")
struct ServiceReadingTests {
    private static func load(_ service: String) -> LoadResult { Fixture.load(["services": #"{"orders":\#(service)}"#]) }

    @Test("everything at once")
    func whole() throws {
        let result = Self.load(
            """
            {"targets":["http://a","unix:/run/a.sock",{"url":"http://[::1]:81","weight":7}],
             "balance":{"hash":{"header":"X-Tenant"}},"slowStart":"0s","whenAllDown":"try-any",
             "health":{"path":"/up","interval":"1s","jitter":"0%","timeout":"300ms","healthyAfter":1,"unhealthyAfter":9,
                       "status":[200,204]},
             "ejection":{"failures":1,"rate":"100%","requests":2,"window":"3s","time":"4s","maximumTime":"5s"},
             "retries":{"attempts":3,"budget":"0%","on":[]},
             "breaker":{"rate":"1%","requests":2,"window":"3s","time":"4s","probes":5},
             "connections":6,"waiting":0,"reuseConnections":false,"timeouts":{"request":"60s"}}
            """
        )
        #expect(result.summaries == [])
        let service = try #require(result.configuration?.services["orders"])
        #expect(
            service.targets == [
                ServiceTarget(address: .http(host: "a", port: 80)), ServiceTarget(address: .unix(path: "/run/a.sock")),
                ServiceTarget(address: .http(host: "::1", port: 81), weight: 7),
            ]
        )
        #expect(service.balance == .hash(.header("x-tenant")))
        #expect(service.slowStart == .zero && service.whenAllDown == .tryAny)
        let health = try #require(service.health)
        #expect(health.path == "/up" && health.interval == .seconds(1) && health.jitter == 0)
        #expect(health.timeout == .milliseconds(300) && health.healthyAfter == 1 && health.unhealthyAfter == 9)
        #expect(health.status == [200, 204])
        let ejection = try #require(service.ejection)
        #expect(ejection.failures == 1 && ejection.rate == 100 && ejection.requests == 2)
        #expect(ejection.window == .seconds(3) && ejection.time == .seconds(4) && ejection.maximumTime == .seconds(5))
        let retries = try #require(service.retries)
        #expect(retries.attempts == 3 && retries.budget == 0 && retries.on == [])
        let breaker = try #require(service.breaker)
        #expect(breaker.rate == 1 && breaker.requests == 2 && breaker.window == .seconds(3))
        #expect(breaker.time == .seconds(4) && breaker.probes == 5)
        #expect(service.connections == 6 && service.waiting == 0 && service.timeouts.request == .seconds(60))
        #expect(!service.reuseConnections)
    }

    @Test("without options nothing is on")
    func defaults() throws {
        let service = try #require(Self.load(#"{"targets":["http://a"]}"#).configuration?.services["orders"])
        #expect(service.balance == .roundRobin && service.whenAllDown == .fail)
        #expect(service.health == nil && service.ejection == nil && service.retries == nil && service.breaker == nil)
        #expect(service.connections == nil && service.timeouts.request == nil && service.reuseConnections)
        #expect(service.targets.map(\.weight) == [1])
    }

    @Test(
        "each way to balance",
        arguments: [
            (#""round-robin""#, BalanceMethod.roundRobin), (#""least-request""#, .leastRequest),
            (#"{"hash":"user"}"#, .hash(.user)), (#"{"hash":"address"}"#, .hash(.address)),
        ]
    )
    func balance(text: String, expected: BalanceMethod) throws {
        let result = Self.load(#"{"targets":["http://a"],"balance":\#(text)}"#)
        #expect(result.configuration?.services["orders"]?.balance == expected)
    }

    static let faults: [(service: String, summary: String)] = [
        (#"{"targets":["unix:run/a"]}"#, "/services/orders/targets/0: a socket path must be absolute"),
        (#"{"targets":[{"weight":2}]}"#, "/services/orders/targets/0/url: this key is required"),
        (
            #"{"targets":[{"url":"http://a","weight":0}]}"#,
            "/services/orders/targets/0/weight: 0 is not a whole number from 1 to 1000"
        ),
        (
            #"{"targets":["http://a",{"url":"http://A:80"}]}"#,
            "/services/orders/targets/1: \"http://a:80\" is listed twice"
        ),
        (
            #"{"targets":["http://a"],"balance":"least-requests"}"#,
            #"/services/orders/balance: "least-requests" is not one of "round-robin""#
        ),
        (#"{"targets":["http://a"],"balance":{}}"#, "/services/orders/balance/hash: this key is required"),
        (
            #"{"targets":["http://a"],"balance":{"hash":"users"}}"#,
            #"/services/orders/balance/hash: "users" is not one of "user", "address""#
        ),
        (
            #"{"targets":["http://a"],"balance":{"hash":{"header":"authorization"}}}"#,
            #"/services/orders/balance/hash/header: "authorization" is reserved"#
        ),
        (
            #"{"targets":["http://a"],"retries":{"budget":"120%"}}"#,
            #"/services/orders/retries/budget: "120%" is not a percentage from 0% to 100%"#
        ),
        (#"{"targets":["http://a"],"retries":{"budget":20}}"#, "/services/orders/retries/budget: must be a string"),
        (
            #"{"targets":["http://a"],"retries":{"on":[200]}}"#,
            "/services/orders/retries/on/0: 200 is not a whole number from 400 to 599"
        ),
        (
            #"{"targets":["http://a","http://b"],"ejection":{"time":"10s","maximumTime":"5s"}}"#,
            #"/services/orders/ejection/maximumTime: is shorter than "time""#
        ),
        (#"{"targets":["http://a"],"breaker":{"probe":1}}"#, "/services/orders/breaker/probe: unknown key"),
    ]

    @Test("one wrong value, one fault", arguments: faults.map { [$0.service, $0.summary] })
    func fault(example: [String]) {
        let result = Self.load(example[0])
        #expect(result.faults.count == 1, "\(result.summaries)")
        #expect(result.summaries.first?.hasPrefix(example[1]) == true, "\(result.summaries)")
    }

    @Test("more targets than a word has bits for are too many")
    func tooMany() {
        let targets = (0..<65).map { "\"http://a:\($0 + 1)\"" }.joined(separator: ",")
        let summaries = Self.load(#"{"targets":[\#(targets)]}"#).summaries
        #expect(summaries == ["/services/orders/targets: at most 64 allowed"])
    }

    @Test("what has no effect is warned of")
    func warnings() {
        let alone = Self.load(#"{"targets":["http://a"],"ejection":{}}"#)
        #expect(alone.configuration != nil)
        #expect(alone.warnings.contains { $0.description.contains("/services/orders/ejection: has no effect") })
        let waiting = Self.load(#"{"targets":["http://a"],"waiting":5}"#)
        #expect(waiting.warnings.contains { $0.description.contains("/services/orders/waiting: has no effect") })
    }

    @Test("https stands beside the others, with a weight too")
    func secure() throws {
        let result = Self.load(#"{"targets":["https://a","http://a",{"url":"HTTPS://B:444","weight":2}]}"#)
        let service = try #require(result.configuration?.services["orders"])
        #expect(
            service.targets == [
                ServiceTarget(address: .https(host: "a", port: 443)),
                ServiceTarget(address: .http(host: "a", port: 80)),
                ServiceTarget(address: .https(host: "b", port: 444), weight: 2),
            ]
        )
        #expect(service.targets.map(\.address.isSecure) == [true, false, true])
        #expect(service.targets.map(\.address.isLoopback) == [false, false, false])
    }

    static let resolvers: [(service: String, urls: [String], fault: String?)] = [
        (#"{"targets":["http://a","unix:/run/a"]}"#, ["http://a:80"], nil),
        (#"{"targets":["https://a"]}"#, ["https://a:443"], nil),
        (#"{"targets":["https://a","http://b"],"tls":{"verify":false}}"#, ["http://b:80"], nil),
        (#"{"targets":["https://a"],"tls":{"serverName":"b"}}"#, [], #"has "tls", which calls at a login do not use"#),
        (#"{"targets":["unix:/run/a"]}"#, [], "has no target with a host and a port"),
    ]

    @Test("users are resolved by targets that a call of the gateway's own reaches", arguments: resolvers.indices)
    func resolver(index: Int) {
        let (service, urls, fault) = Self.resolvers[index]
        let result = Fixture.load([
            "services": #"{"orders":\#(service)}"#,
            "users": #"{"idKey":{"value":"\#(Fixture.secret)"},"resolve":{"service":"orders","path":"/u"}}"#,
        ])
        if let fault {
            #expect(result.faults.count == 1, "\(result.summaries)")
            let summary = result.summaries.first ?? ""
            #expect(summary.hasPrefix("/users/resolve/service: " + fault), "\(result.summaries)")
        } else {
            #expect(result.summaries.isEmpty)
            #expect(result.configuration?.services["orders"]?.callableURLs == urls)
        }
    }

    @Test("a route's own time-outs")
    func routeTimeouts() throws {
        let result = Fixture.load([
            "routes": """
            [{"path":"/a","service":"orders",
              "timeouts":{"connect":"1s","firstByte":"2s","idle":"3s","request":"4s"}}]
            """
        ])
        let timeouts = try #require(result.configuration?.routes.first?.timeouts)
        #expect(timeouts.connect == .seconds(1) && timeouts.firstByte == .seconds(2))
        #expect(timeouts.idle == .seconds(3) && timeouts.request == .seconds(4))
    }
}
