import Gateway
import JSON
import Testing

@Suite("The operators' port")
struct AdminPortTests {
    private static let secret = "an-admin-token-of-the-tests-0123456789"
    private static let guarded = [
        "admin": #"{"address":"127.0.0.1:0","token":{"value":"\#(secret)"}}"#
    ]

    @Test("asks for its token where there is one, and invites no login")
    func token() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try RawClient(port: try #require(bench.gateway.gateway.adminPort))
            #expect(try admin.get("/livez").status == 200)
            let missing = try admin.get("/counters")
            #expect(missing.outcome == "401 20001 AUTH_REQUIRED" && missing.relogin == false)
            let wrong = try admin.get("/counters", token: "another-admin-token-of-the-tests-012345")
            #expect(wrong.outcome == "401 20002 AUTH_INVALID" && wrong.relogin == false)
            #expect(try admin.get("/counters", token: try bench.gateway.token()).status == 401)
            #expect(try admin.get("/counters", token: Self.secret).outcome == "200 10000 -")
            #expect(try admin.request("POST", "/counters", token: Self.secret).outcome == "405 24405 METHOD_NOT_ALLOWED")
            #expect(try admin.get("/nothing", token: Self.secret).outcome == "404 24404 ROUTE_NOT_FOUND")
            // Nothing of it on the traffic port.
            let client = try bench.gateway.client()
            #expect(try client.get("/counters", token: Self.secret).outcome == "401 20002 AUTH_INVALID")
        }
    }

    @Test("gives WeChat's access token to those who show the admin token, and to nobody where there is none")
    func accessToken() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try RawClient(port: try #require(bench.gateway.gateway.adminPort))
            let path = "/wechat/access-token?appId=\(TestGateway.appID)"
            let first = try admin.get(path, token: Self.secret)
            #expect(first.outcome == "200 10000 -")
            let token = try #require(first.data?["accessToken"]?.string)
            #expect(try #require(first.data?["expiresIn"]?.integer) > 0)
            #expect(first["cache-control"] == "private, no-store")
            #expect(try admin.get(path, token: Self.secret).data?["accessToken"]?.string == token)
            #expect(try admin.get("/wechat/access-token?appId=wx0", token: Self.secret).outcome == "400 24400 BAD_REQUEST")
            #expect(try admin.get(path).outcome == "401 20001 AUTH_REQUIRED")
        }
        try await LoginBench.run(members: ["admin": #"{"address":"127.0.0.1:0"}"#]) { bench in
            let admin = try RawClient(port: try #require(bench.gateway.gateway.adminPort))
            let refused = try admin.get("/wechat/access-token?appId=\(TestGateway.appID)")
            #expect(refused.outcome == "403 20012 FORBIDDEN")
        }
    }

    @Test("mints a token for a user who logged in elsewhere")
    func mint() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try RawClient(port: try #require(bench.gateway.gateway.adminPort))
            let minted = try admin.request("POST", "/tokens", token: Self.secret, body: #"{"userId":"web-7"}"#)
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
            let empty = try admin.request("POST", "/tokens", token: Self.secret, body: "{}")
            #expect(empty.outcome == "400 24400 BAD_REQUEST")
        }
    }

    @Test("counts logins and verdicts")
    func counters() async throws {
        try await LoginBench.run(members: Self.guarded) { bench in
            let admin = try RawClient(port: try #require(bench.gateway.gateway.adminPort))
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
}
