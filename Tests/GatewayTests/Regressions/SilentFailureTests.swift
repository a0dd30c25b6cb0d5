import Testing

/// A service that was dead, and a load balancer that was not trusted, once left nothing in the operators' log: the access log
/// of each request was the only trace.
@Suite("Operators are told of what only requests see")
struct SilentFailureTests {
    private static let oneWorker = ["workers": "1"]
    private static let failing = "requests to a target fail"
    private static let responding = "a target responds again"

    @Test("a target that cannot be reached: a line for the change, not for each request")
    func unreachable() async throws {
        let log = RecordedLog()
        let before = try ScriptedService.answering(ok())
        before.stop()
        let services = ["s": TestService.ports([before.port])]
        try await TestGateway.run(services: services, members: Self.oneWorker, log: log) { gateway in
            let client = try gateway.client()
            for _ in 1...5 { try client.get("/").expectFailure("UPSTREAM_CONNECT", status: 502) }
            let lines = log.lines.filter { $0.contains(Self.failing) }
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("warning") == true)
            #expect(lines.first?.contains("http://127.0.0.1:\(before.port)") == true)
            #expect(lines.first?.contains("connection refused or no route") == true)

            let after = try ScriptedService.start(port: before.port) { peer in
                while try peer.readRequest() != nil { try peer.send(ok()) }
            }
            defer { after.stop() }
            for _ in 1...3 { #expect(try client.get("/").status == 200) }
            #expect(log.lines.filter { $0.contains(Self.responding) }.count == 1)
            #expect(log.lines.filter { $0.contains(Self.failing) }.count == 1)
        }
    }

    @Test("a target that does not respond, at the third request in a row")
    func unresponsive() async throws {
        let log = RecordedLog()
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest(), request.target != "/close" { try peer.send(ok()) }
        }
        try await TestGateway.run(service: service, members: Self.oneWorker, log: log) { gateway in
            let client = try gateway.client()
            func fail(_ times: Int) throws {
                for _ in 0..<times {
                    // Never sent again, so that each failure is one.
                    try client.request("POST", "/close", body: "1").expectFailure("UPSTREAM_PROTOCOL", status: 502)
                }
            }
            try fail(2)
            #expect(try client.get("/").status == 200)
            try fail(2)
            #expect(!log.lines.contains { $0.contains(Self.failing) || $0.contains(Self.responding) })
            try fail(3)
            let lines = log.lines.filter { $0.contains(Self.failing) }
            #expect(lines.count == 1 && lines[0].contains("closed before the response"))
            #expect(try client.get("/").status == 200)
            #expect(log.lines.filter { $0.contains(Self.responding) }.count == 1)
        }
    }

    @Test("a peer that forwards and is not trusted, once", arguments: [true, false])
    func forwarding(isTrusted: Bool) async throws {
        let log = RecordedLog()
        let service = try ScriptedService.answering(ok())
        let members = isTrusted ? ["trustedProxies": #"["127.0.0.1"]"#] : [:]
        try await TestGateway.run(service: service, members: members, log: log) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/").status == 200)
            #expect(!log.lines.contains { $0.contains("load balancer") })
            for _ in 1...8 {
                #expect(try client.get("/", fields: ["x-forwarded-for: 203.0.113.1"]).status == 200)
            }
            let lines = log.lines.filter { $0.contains("load balancer") }
            #expect(lines.count == (isTrusted ? 0 : 1))
            if let line = lines.first { #expect(line.hasPrefix("warning") && line.contains("127.0.0.1")) }
        }
    }
}
