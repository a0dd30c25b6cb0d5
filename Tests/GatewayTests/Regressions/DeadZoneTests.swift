import NIOCore
import Testing

@testable import Gateway

/// One thread once asked for all names in turn, so that each dead zone held up every service behind it for 10 s.
@Suite("Name servers that do not answer")
struct DeadZoneTests {
    @Test("hold up the requests to their own names alone")
    func ownNamesAlone() async throws {
        let service = try ScriptedService.answering(ok())
        defer { service.stop() }
        let gate = Gate()
        defer { gate.open() }
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: service.port)
        let resolver = NameResolver { host in
            if host == "live.test" { return .found([address]) }
            try? gate.wait()
            return .notFound
        }
        var services = ["live": TestService(targets: ["http://live.test"])]
        var routes = [#"{"path":"/live","service":"live","auth":"none"}"#]
        for number in 0..<8 {
            services["dead\(number)"] = TestService(
                targets: ["http://dead\(number).test"],
                members: ["timeouts": #"{"connect":"100ms"}"#]
            )
            routes.append(#"{"path":"/dead\#(number)","service":"dead\#(number)","auth":"none"}"#)
        }
        try await TestGateway.run(services: services, routes: routes, resolver: resolver) { gateway in
            let client = try gateway.client()
            // Answered while all eight are still asked for.
            #expect(try client.get("/live").status == 200)
            for number in 0..<8 {
                let response = try client.get("/dead\(number)")
                #expect(response.status == 504 && response.text.contains("UPSTREAM_TIMEOUT"))
            }
            #expect(try client.get("/live").status == 200)
            gate.open()
        }
    }

    @Test("and are given up, so that a request with more time is answered before it is over")
    func givenUp() async throws {
        var limits = ResolverSchedule.Limits()
        limits.requestTimeout = 50_000_000
        let gate = Gate()
        defer { gate.open() }
        let resolver = NameResolver(limits: limits) { _ in
            try? gate.wait()
            return .notFound
        }
        let service = TestService(targets: ["http://dead.test"], members: ["timeouts": #"{"connect":"60s"}"#])
        try await TestGateway.run(services: ["s": service], resolver: resolver) { gateway in
            let response = try gateway.client().get("/")
            #expect(response.status == 502 && response.text.contains("UPSTREAM_CONNECT"))
            gate.open()
        }
    }
}
