import Testing

@Suite("Several targets of one service")
struct TargetTests {
    /// A service that says its name, whatever is asked.
    private static func named(_ name: String) throws -> ScriptedService { try .answering(ok(name)) }

    private static let oneWorker = ["workers": "1"]

    @Test("requests are shared by weight")
    func weights() async throws {
        let (one, other) = (try Self.named("one"), try Self.named("other"))
        defer {
            one.stop()
            other.stop()
        }
        let targets = #"[{"url":"http://127.0.0.1:\#(one.port)","weight":3},"http://127.0.0.1:\#(other.port)"]"#
        try await TestGateway.run(
            services: [:],
            members: Self.oneWorker.merging(["services": #"{"s":{"targets":\#(targets)}}"#]) { $1 }
        ) { gateway in
            let client = try gateway.client()
            var counts: [String: Int] = [:]
            for _ in 0..<40 { counts[try client.get("/").text, default: 0] += 1 }
            #expect(counts == ["one": 30, "other": 10])
            #expect(await gateway.count("requests", target: 0) == 30)
            #expect(await gateway.count("requests") == 40)
        }
    }

    @Test("the same header's value goes to the same target, whoever sends it")
    func hash() async throws {
        let services = try (0..<4).map { try Self.named("\($0)") }
        defer { for service in services { service.stop() } }
        try await TestGateway.run(
            services: ["s": .ports(services.map(\.port), ["balance": #"{"hash":{"header":"x-tenant"}}"#])]
        ) { gateway in
            var homes: [Int: String] = [:]
            for round in 0..<3 {
                let client = try gateway.client()
                for tenant in 0..<12 {
                    let home = try client.get("/", fields: ["X-Tenant: tenant-\(tenant)"]).text
                    if round == 0 { homes[tenant] = home } else { #expect(homes[tenant] == home) }
                }
            }
            #expect(Set(homes.values).count > 1)
            // Without the header its turn decides.
            let client = try gateway.client()
            var without: Set<String> = []
            for _ in 0..<4 { without.insert(try client.get("/").text) }
            #expect(without.count == 4)
        }
    }

    @Test("a balance by header goes by what the client sent, whatever the route's rules make of it")
    func hashBeforeRules() async throws {
        let services = try (0..<4).map { try Self.named("\($0)") }
        defer { for service in services { service.stop() } }
        let rules = [#"{"remove":["x-tenant"]}"#, #"{"set":{"x-tenant":"one for all"}}"#]
        let routes =
            [#"{"path":"/plain","service":"s","auth":"none"}"#]
            + rules.enumerated().map { index, rule in
                #"{"path":"/\#(index)","service":"s","auth":"none","requestHeaders":\#(rule)}"#
            }
        try await TestGateway.run(
            services: ["s": .ports(services.map(\.port), ["balance": #"{"hash":{"header":"x-tenant"}}"#])],
            routes: routes
        ) { gateway in
            let client = try gateway.client()
            var homes: Set<String> = []
            for tenant in 0..<12 {
                let fields = ["X-Tenant: tenant-\(tenant)"]
                let home = try client.get("/plain", fields: fields).text
                homes.insert(home)
                for path in ["/0", "/1"] { #expect(try client.get(path, fields: fields).text == home) }
            }
            #expect(homes.count > 1)
        }
        let seen = services.flatMap(\.requests)
        #expect(seen.filter { $0.target == "/0" }.allSatisfy { $0["x-tenant"] == nil })
        #expect(seen.filter { $0.target == "/1" }.allSatisfy { $0.fields.all("x-tenant") == ["one for all"] })
    }

    @Test("a socket of the file system is a target like another")
    func unixSocket() async throws {
        let path = "/tmp/menshen-test-\(UInt32.random(in: 0...UInt32.max)).sock"
        let service = try ScriptedService.start(path: path) { peer in
            while try peer.readRequest() != nil { try peer.send(ok("by the socket")) }
        }
        defer {
            service.stop()
            removeSocket(path)
        }
        let lines = try await TestGateway.run(services: ["s": TestService(targets: ["unix:" + path])]) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/a").text == "by the socket")
            #expect(try client.request("POST", "/b", body: "x").text == "by the socket")
            #expect(service.requests.map { $0["host"] } == ["localhost", "localhost"])
            #expect(service.connections == 1)
        }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("\"target\":\"unix:\(path)\"") })
    }

    @Test("a user goes to the same target over every connection, whatever else the request says")
    func hashByUser() async throws {
        let services = try (0..<3).map { try Self.named("\($0)") }
        defer { for service in services { service.stop() } }
        try await TestGateway.run(
            services: ["s": .ports(services.map(\.port), ["balance": #"{"hash":"user"}"#])],
            routes: [#"{"path":"/**","service":"s"}"#]
        ) { gateway in
            var homes: Set<String> = []
            for user in 0..<8 {
                let token = try gateway.token(user: "u_\(user)")
                var seen: Set<String> = []
                for _ in 0..<3 {
                    let client = try gateway.client()
                    seen.insert(try client.get("/", token: token).text)
                }
                #expect(seen.count == 1)
                homes.formUnion(seen)
            }
            #expect(homes.isSubset(of: ["0", "1", "2"]) && homes.count > 1)
        }
    }

    @Test("a name is resolved off the loop, and a family without an answer costs little")
    func named() async throws {
        // localhost is ::1 too on most machines, where nothing listens.
        let service = try Self.named("found")
        try await TestGateway.run(
            services: ["s": TestService(targets: ["http://localhost:\(service.port)"])]
        ) { gateway in
            let begin = TestClock.milliseconds()
            let client = try gateway.client()
            #expect(try client.get("/").text == "found")
            #expect(TestClock.milliseconds() - begin < 2000)
            #expect(service.requests.first?["host"] == "localhost:\(service.port)")
        }
        service.stop()
    }

    @Test(
        "a target that refuses costs no request, whatever its method, and the other gets its own host",
        arguments: ["GET", "POST"]
    )
    func failover(method: String) async throws {
        let (holder, port) = try Socket.refusing()
        defer { holder.close() }
        let good = try Self.named("good")
        defer { good.stop() }
        try await TestGateway.run(services: ["s": .ports([port, good.port])], members: Self.oneWorker) { gateway in
            let client = try gateway.client()
            for _ in 0..<4 {
                #expect(try client.request(method, "/x", body: method == "POST" ? "a body" : nil).text == "good")
            }
            #expect(good.requests.count == 4)
            #expect(good.requests.allSatisfy { $0["host"] == "127.0.0.1:\(good.port)" })
            if method == "POST" { #expect(good.requests.allSatisfy { $0.text == "a body" }) }
            #expect(await gateway.count("failovers") == 2)
            #expect(await gateway.count("failures/connect", target: 0) == 2)
        }
    }

    @Test("a target that fails is left alone for a while, and comes back")
    func ejection() async throws {
        let failing = Watched(true)
        let bad = try ScriptedService.start { peer in
            while try peer.readRequest() != nil {
                try peer.send(failing.withLock { $0 } ? answer("503 No", "{}") : ok("well again"))
            }
        }
        let good = try Self.named("good")
        defer {
            bad.stop()
            good.stop()
        }
        let members = ["ejection": #"{"failures":3,"time":"1s"}"#, "slowStart": #""0s""#]
        try await TestGateway.run(services: ["s": .ports([bad.port, good.port], members)], members: Self.oneWorker) {
            gateway in
            let client = try gateway.client()
            var statuses: [Int] = []
            for _ in 0..<12 { statuses.append(try client.get("/").status) }
            #expect(statuses.count { $0 == 503 } == 3)
            #expect(statuses.suffix(6).allSatisfy { $0 == 200 })
            #expect(await gateway.count("ejections", target: 0) == 1)
            failing.withLock { $0 = false }
            let end = TestClock.milliseconds() + longestWait
            while try client.get("/").text != "well again" { try #require(TestClock.milliseconds() < end) }
        }
    }

    @Test("who is asked and does not answer well gets no requests until it does; all down is told at once")
    func activeHealth() async throws {
        let isWell = Watched([true, true])
        func service(_ index: Int) throws -> ScriptedService {
            try ScriptedService.start { peer in
                while let request = try peer.readRequest() {
                    let well = isWell.withLock { $0[index] }
                    if request.target == "/health" {
                        try peer.send(well ? ok() : answer("500 No", "{}"))
                    } else {
                        try peer.send(ok("\(index)"))
                    }
                }
            }
        }
        let (one, other) = (try service(0), try service(1))
        defer {
            one.stop()
            other.stop()
        }
        let health = #"{"path":"/health","interval":"100ms","healthyAfter":1,"unhealthyAfter":2}"#
        try await TestGateway.run(
            services: ["s": .ports([one.port, other.port], ["health": health, "slowStart": #""0s""#])]
        ) { gateway in
            let client = try gateway.client()
            func last(_ count: Int) throws -> Set<String> {
                Set(try (0..<count).map { _ in try client.get("/").text })
            }
            func wait(until holds: () throws -> Bool) throws {
                let end = TestClock.milliseconds() + longestWait
                while try !holds() { try #require(TestClock.milliseconds() < end) }
            }
            try wait { try last(4) == ["0", "1"] }
            isWell.withLock { $0[0] = false }
            try wait { try last(8) == ["1"] }
            isWell.withLock { $0[1] = false }
            try wait { try client.get("/").status == 503 }
            let refused = try client.get("/")
            refused.expectFailure("UPSTREAM_UNAVAILABLE", status: 503)
            #expect(refused["retry-after"] == "1")
            #expect(await gateway.count("refused/down") >= 2)
            isWell.withLock { $0 = [true, true] }
            try wait { try last(4) == ["0", "1"] }
            // One worker asks for all.
            #expect(one.requests.filter { $0.target == "/health" }.allSatisfy { $0["user-agent"] == "menshen" })
        }
    }

    @Test("with try-any, requests go out although no target is well")
    func tryAny() async throws {
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                try peer.send(request.target == "/healthz" ? answer("500 No", "{}") : ok("alive"))
            }
        }
        try await TestGateway.run(
            service: service,
            serviceMembers: ["health": #"{"interval":"100ms"}"#, "whenAllDown": #""try-any""#]
        ) { gateway in
            try service.wait(for: "two questions") { $0.requests.count { $0.target == "/healthz" } >= 2 }
            let client = try gateway.client()
            #expect(try client.get("/").text == "alive")
        }
    }
}
