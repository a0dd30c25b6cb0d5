import Gateway
import JSON
import Testing

@Suite("The operators' port")
struct AdminPortTests {
    private static let secret = TestGateway.adminToken
    private static let guarded = TestGateway.guardedAdmin
    private static let json = ["content-type: application/json"]

    @Test("asks for its token where there is one, and invites no login")
    func token() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try bench.gateway.operators()
            #expect(try admin.get("/livez").status == 200)
            let missing = try admin.get("/counters")
            #expect(missing.outcome == "401 20001 AUTH_REQUIRED" && missing.relogin == false && missing.replay == false)
            let wrong = try admin.get("/counters", token: "another-admin-token-of-the-tests-012345")
            #expect(wrong.outcome == "401 20002 AUTH_INVALID" && wrong.relogin == false && wrong.replay == false)
            #expect(try admin.get("/counters", token: try bench.gateway.token()).status == 401)
            #expect(try admin.get("/counters", token: Self.secret).outcome == "200 10000 -")
            #expect(
                try admin.request("POST", "/counters", token: Self.secret).outcome == "405 24405 METHOD_NOT_ALLOWED"
            )
            #expect(try admin.get("/nothing", token: Self.secret).outcome == "404 24404 ROUTE_NOT_FOUND")
            // Nothing of it on the traffic port.
            let client = try bench.gateway.client()
            #expect(try client.get("/counters", token: Self.secret).outcome == "401 20002 AUTH_INVALID")
        }
    }

    @Test("gives WeChat's access token to those who show the admin token, and to nobody where there is none")
    func accessToken() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try bench.gateway.operators()
            let path = "/wechat/access-token?appId=\(TestGateway.appID)"
            let first = try admin.get(path, token: Self.secret)
            #expect(first.outcome == "200 10000 -")
            let token = try #require(first.data?["accessToken"]?.string)
            #expect(try #require(first.data?["expiresIn"]?.integer) > 0)
            #expect(first["cache-control"] == "private, no-store")
            #expect(try admin.get(path, token: Self.secret).data?["accessToken"]?.string == token)
            #expect(
                try admin.get("/wechat/access-token?appId=wx0", token: Self.secret).outcome == "400 24400 BAD_REQUEST"
            )
            #expect(try admin.get(path).outcome == "401 20001 AUTH_REQUIRED")
        }
        try await LoginBench.run(members: TestGateway.openAdmin) { bench in
            let admin = try bench.gateway.operators()
            let refused = try admin.get("/wechat/access-token?appId=\(TestGateway.appID)")
            #expect(refused.outcome == "403 20012 FORBIDDEN")
        }
    }

    @Test("mints a token for a user who logged in elsewhere")
    func mint() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try bench.gateway.operators()
            let minted = try admin.request(
                "POST",
                "/tokens",
                token: Self.secret,
                fields: Self.json,
                body: #"{"userId":"web-7"}"#
            )
            #expect(minted.outcome == "200 10000 -")
            let token = try #require(minted.data?["token"]?.string)
            let client = try bench.gateway.client()
            #expect(try client.get("/a", token: token).status == 200)
            let head = try #require(bench.seenByService().heads.last)
            #expect(head["x-user-id"] == "web-7")
            #expect(head["x-wx-openid"] == nil)
            #expect(head["x-wx-appid"] == TestGateway.appID)
            #expect(try client.request("POST", "/auth/logout", token: token).status == 200)
            #expect(try client.get("/a", token: token).outcome == "401 20005 AUTH_REVOKED")
            let empty = try admin.request("POST", "/tokens", token: Self.secret, fields: Self.json, body: "{}")
            #expect(empty.outcome == "400 24400 BAD_REQUEST")
        }
    }

    @Test("the log names the user of whom a call is")
    func loggedUser() async throws {
        let service = try ScriptedService.answering(ok())
        let log = try await TestGateway.run(service: service, members: TestGateway.guardedAdmin) { gateway in
            let admin = try gateway.operators()
            let minted = try admin.request(
                "POST",
                "/tokens",
                token: TestGateway.adminToken,
                fields: Self.json,
                body: #"{"userId":"web-7"}"#
            )
            #expect(minted.status == 200)
            #expect(
                try admin.request("PUT", "/users/web-8/block", token: TestGateway.adminToken, fields: Self.json).status
                    == 200
            )
        }
        #expect(try log.entries().map { $0["userId"]?.string } == ["web-7", "web-8"])
    }

    @Test("counts logins and verdicts")
    func counters() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try bench.gateway.operators()
            let token = try bench.token()
            let client = try bench.gateway.client()
            for _ in 0..<3 { #expect(try client.get("/a", token: token).status == 200) }
            #expect(try client.get("/a", token: "x.y.z").status == 401)
            let counters = try admin.get("/counters", token: Self.secret)
            #expect(counters.data?["verdicts"]?["valid"]?.integer == 3)
            #expect(counters.text.contains(TestGateway.appID))
            #expect(!counters.text.contains(token))
        }
    }

    @Test("counts requests and failures by service and target, summed up over the workers, and rate limits")
    func traffic() async throws {
        let failing = try ScriptedService.start { peer in _ = try peer.readRequest() }
        let good = try ScriptedService.answering(ok())
        defer {
            failing.stop()
            good.stop()
        }
        let limit = #""rateLimit":[{"by":"address","rate":"1000/s"},{"by":"route","rate":"1000/s"}]"#
        try await TestGateway.run(
            services: [
                "s": .ports([failing.port, good.port], ["retries": #"{"budget":"100%"}"#]),
                "idle": .scripted(good),
            ],
            routes: [#"{"path":"/a/**","service":"s","auth":"none",\#(limit)}"#],
            members: Self.guarded
        ) { gateway in
            for _ in 0..<20 { #expect(try gateway.client().get("/a/b").status == 200) }
            let admin = try gateway.operators()
            let data = try #require(try admin.get("/counters", token: Self.secret).data)
            let service = try #require(data["services"]?["s"])
            #expect(service["requests"]?.integer == 20)
            let targets = try [failing, good].map { try #require(service["targets"]?["http://127.0.0.1:\($0.port)"]) }
            let failures = failing.requests.count
            #expect(failures > 0 && service["retries"]?.integer == Int64(failures))
            #expect(targets[0]["requests"]?.integer == Int64(failures))
            #expect(targets[0]["failures"]?["closed"]?.integer == Int64(failures))
            #expect(targets[0]["connectionsMade"]?.integer == Int64(failures))
            #expect(targets[0]["connectionsOpen"]?.integer == 0)
            #expect(targets[1]["requests"]?.integer == 20 && targets[1]["failures"]?["closed"]?.integer == 0)
            #expect(service["retriesDenied"]?.integer == 0 && service["refused"]?["breaker"]?.integer == 0)
            #expect(data["services"]?["idle"]?["requests"]?.integer == 0)
            for (index, name) in ["address", "route"].enumerated() {
                let entry = data["rateLimits"]?.elements?[index]
                #expect(entry?["route"]?.string == "/a/**" && entry?["limit"]?.string == name)
                #expect(entry?["displaced"]?.integer == 0 && entry?["uncounted"]?.integer == 0)
            }
            #expect(data["store"]?["ignoredRows"]?.integer == 0)
            // On the operators' port alone, and for them alone.
            let refused = try admin.get("/counters")
            #expect(refused.status == 401 && !refused.text.contains("127.0.0.1"))
            #expect(try gateway.client().get("/counters", token: Self.secret).status == 404)
        }
    }
}
