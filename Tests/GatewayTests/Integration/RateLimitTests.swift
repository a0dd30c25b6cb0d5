import Testing

@Suite("A route's rate limits")
struct RateLimitTests {
    private static func route(_ limit: String, _ members: String = #","auth":"none""#) -> String {
        #"{"path":"/**","service":"s","rateLimit":\#(limit)\#(members)}"#
    }

    @Test("a request too many gets 429, a time to wait, and does not reach the service")
    func refusal() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [Self.route(#"{"by":"address","rate":"1/h","burst":2}"#)]
        let log = try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            for left in [1, 0] {
                let response = try client.get("/x")
                #expect(response.status == 200)
                #expect(response.fields.all("ratelimit-policy") == [#""address";q=2;w=7200"#])
                #expect(response["ratelimit"]?.hasPrefix(#""address";r=\#(left);t="#) == true)
            }
            let response = try client.get("/x")
            response.expectRefusal(24429, "RATE_LIMITED", status: 429)
            #expect(response.relogin == false && response.replay == false)
            let wait = try #require(response["retry-after"].flatMap { Int($0) })
            #expect((3500...3600).contains(wait))
            #expect(response.fields.all("ratelimit-policy") == [#""address";q=2;w=7200"#])
            #expect(response["ratelimit"]?.hasPrefix(#""address";r=0;t="#) == true)
            // The connection serves other requests, and health is never counted.
            #expect(try client.livesOn())
            #expect(service.requests.count == 2)
        }
        #expect(log.count == 3)
        #expect(log.last?.contains(#""code":24429"#) == true)
    }

    @Test("all workers count together: of many requests at once exactly the burst comes through")
    func exactness() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [Self.route(#"{"by":"route","rate":"1/d","burst":30}"#)]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let statuses = Watched<[Int]>([])
            let threads = try (0..<8).map { _ in
                try BlockingThread {
                    do {
                        let client = try gateway.client()
                        for _ in 0..<10 {
                            let status = try client.get("/x").status
                            statuses.withLock { $0.append(status) }
                        }
                    } catch {
                        statuses.withLock { $0.append(0) }
                    }
                }
            }
            for thread in threads { thread.join() }
            let all = statuses.withLock { $0 }
            #expect(all.count { $0 == 200 } == 30)
            #expect(all.count { $0 == 429 } == 50)
            #expect(service.requests.count == 30)
        }
    }

    @Test("users are told apart, strangers count by address, and a refused token is not counted")
    func users() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [Self.route(#"{"by":"user","rate":"1/d","burst":1}"#, #","auth":"optional""#)]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            let (one, two) = (try gateway.token(user: "u_one"), try gateway.token(user: "u_two"))
            #expect(try client.get("/x", token: "broken").outcome == "401 20002 AUTH_INVALID")
            #expect(try [one, two, one].map { try client.get("/x", token: $0).status } == [200, 200, 429])
            #expect(try [1, 2].map { _ in try client.get("/x").status } == [200, 429])
            #expect(try client.get("/x", token: "broken").status == 401)
        }
    }

    @Test(
        "behind a trusted proxy the client's own address counts; others cannot choose theirs",
        arguments: [true, false]
    )
    func proxies(isTrusted: Bool) async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [Self.route(#"{"by":"address","rate":"1/d","burst":1}"#)]
        let members = isTrusted ? ["trustedProxies": #"["127.0.0.1"]"#] : [:]
        try await TestGateway.run(service: service, routes: routes, members: members) { gateway in
            let client = try gateway.client()
            let statuses = try ["192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"].map {
                try client.get("/x", fields: ["x-forwarded-for: \($0)"]).status
            }
            #expect(statuses == (isTrusted ? [200, 200, 429, 200, 429] : [200, 429, 429, 429, 429]))
        }
    }

    @Test("a failure of the service, and a refusal behind the count, tell of the limit too")
    func otherAnswers() async throws {
        let service = try ScriptedService.answering(answer("500 Oops", "no"))
        let routes = [Self.route(#"{"by":"route","rate":"1/d","burst":9}"#, #","auth":"none","bodyLimit":"1B""#)]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            let failed = try client.get("/x")
            failed.expectFailure("UPSTREAM_STATUS", status: 500)
            #expect(failed["ratelimit"]?.hasPrefix(#""route";r=8;t="#) == true)
            let refused = try client.request("POST", "/x", body: "long")
            #expect(refused.status == 413)
            #expect(refused["ratelimit"]?.hasPrefix(#""route";r=7;t="#) == true)
        }
    }

    @Test("a request that waits, for a new token, is counted once")
    func waiting() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [Self.route(#"{"by":"user","rate":"1/d","burst":1}"#, "")]
        let tokens = """
            {"issuer":"\(TestGateway.issuer)","renewBefore":"1h","lifetime":"2h",
             "signingKeys":[{"id":"test-1","algorithm":"HS256","secret":{"value":"\(TestGateway.secret)"}}]}
            """
        try await TestGateway.run(service: service, routes: routes, members: ["tokens": tokens]) { gateway in
            let client = try gateway.client()
            // Within its last hour: its successor is asked for before the request goes on.
            let token = try gateway.token(lifetime: 600)
            #expect(try [1, 2].map { _ in try client.get("/x", token: token).status } == [200, 429])
            #expect(service.requests.count == 1)
        }
    }

    @Test("routes without a limit say nothing of one, on the same connection")
    func others() async throws {
        let service = try ScriptedService.answering(ok())
        let routes = [
            #"{"path":"/a","service":"s","auth":"none","rateLimit":{"by":"route","rate":"9/d"}}"#,
            #"{"path":"/b","service":"s","auth":"none"}"#,
        ]
        try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/a")["ratelimit"] != nil)
            #expect(try client.get("/b")["ratelimit"] == nil)
            #expect(try client.get("/none")["ratelimit"] == nil)
        }
    }
}
