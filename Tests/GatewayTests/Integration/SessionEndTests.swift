import Gateway
import JSON
import Testing

@Suite("Sessions end, and everybody knows at once")
struct SessionEndTests {
    private static let admin = TestGateway.guardedAdmin

    /// A client on each of the four workers, most likely, and one more.
    private static func clients(_ bench: LoginBench) throws -> [RawClient] {
        try (0..<12).map { _ in try bench.gateway.client() }
    }

    @Test("after a logout no worker takes the token, and no other session is touched")
    func logout() async throws {
        try await LoginBench.run { bench in
            let token = try bench.token(openid: "o-1")
            let other = try bench.token(openid: "o-1")
            let clients = try Self.clients(bench)
            for client in clients { #expect(try client.get("/a", token: token).status == 200) }
            let logout = try clients[0].request("POST", "/auth/logout", token: token, body: "{}")
            #expect(logout.outcome == "200 10000 -")
            for client in clients {
                let refused = try client.get("/a", token: token)
                #expect(refused.outcome == "401 20005 AUTH_REVOKED")
                // Who logged out wants to stay so.
                #expect(refused.relogin == false && refused.replay == false)
                #expect(refused["www-authenticate"]?.contains("invalid_token") == true)
                #expect(try client.get("/a", token: other).status == 200)
            }
            #expect(try clients[0].request("POST", "/auth/logout", token: token).outcome == "401 20005 AUTH_REVOKED")
            #expect(try clients[0].request("POST", "/auth/logout").outcome == "401 20001 AUTH_REQUIRED")
        }
    }

    @Test("a code is not shared after its session's end")
    func codeAfterLogout() async throws {
        try await LoginBench.run { bench in
            let code = try bench.code()
            let token = try #require(try bench.login(code: code).data?["token"]?.string)
            #expect(try bench.login(code: code).data?["token"]?.string == token)
            let client = try bench.gateway.client()
            #expect(try client.request("POST", "/auth/logout", token: token).status == 200)
            #expect(try bench.login(code: code).outcome == "400 20007 LOGIN_CODE_USED")
        }
    }

    @Test("a fresh code logs in where an operator ended the session, and not where the user logged out")
    func inPlace() async throws {
        try await LoginBench.run(members: Self.admin) { bench in
            let admin = try bench.gateway.operators()
            let client = try bench.gateway.client()
            let ended = try bench.token(openid: "o-1")
            let info = try client.get("/auth/session", token: ended)
            let user = try #require(info.data?["userInfo"]?["userId"]?.string)
            #expect(try admin.request("DELETE", "/users/\(user)/sessions", token: TestGateway.adminToken).status == 200)
            let again = try client.get("/a", token: ended, fields: ["x-wx-code: \(try bench.code())"])
            #expect(again.status == 200)
            let fresh = try #require(again["x-auth-token"] as String?)
            #expect(try client.get("/a", token: fresh).status == 200)

            #expect(try client.request("POST", "/auth/logout", token: fresh).status == 200)
            let exchanges = try bench.exchanges()
            let refused = try client.get("/a", token: fresh, fields: ["x-wx-code: \(try bench.code())"])
            #expect(refused.outcome == "401 20005 AUTH_REVOKED")
            #expect(try bench.exchanges() == exchanges)
        }
    }

    @Test("an operator ends a session, all sessions of a user, blocks and lets in")
    func operators() async throws {
        try await LoginBench.run(members: Self.admin) { bench in
            let admin = try bench.gateway.operators()
            let clients = try Self.clients(bench)
            let first = try bench.token(openid: "o-1")
            let second = try bench.token(openid: "o-1")
            let other = try bench.token(openid: "o-2")
            let info = try clients[0].get("/auth/session", token: first)
            let user = try #require(info.data?["userInfo"]?["userId"]?.string)

            #expect(
                try admin.request("DELETE", "/users/\(user)/sessions", token: TestGateway.adminToken).outcome
                    == "200 10000 -"
            )
            for client in clients {
                for token in [first, second] {
                    let refused = try client.get("/a", token: token)
                    #expect(refused.outcome == "401 20005 AUTH_REVOKED")
                    #expect(refused.relogin == true && refused.replay == true)
                }
                #expect(try client.get("/a", token: other).status == 200)
            }

            let third = try bench.token(openid: "o-1")
            #expect(
                try admin.request("PUT", "/users/\(user)/block", token: TestGateway.adminToken).outcome == "200 10000 -"
            )
            for client in clients {
                let blocked = try client.get("/a", token: third)
                #expect(blocked.outcome == "403 20008 USER_BLOCKED")
                #expect(blocked.relogin == false && blocked.replay == false)
            }
            let login = try bench.login(code: try bench.code(#"{"openid":"o-1"}"#))
            #expect(login.outcome == "403 20008 USER_BLOCKED")
            let inPlace = try clients[0].get(
                "/a",
                token: third,
                fields: ["x-wx-code: \(try bench.code(#"{"openid":"o-1"}"#))"]
            )
            #expect(inPlace.outcome == "403 20008 USER_BLOCKED")

            #expect(
                try admin.request("DELETE", "/users/\(user)/block", token: TestGateway.adminToken).outcome
                    == "200 10000 -"
            )
            for client in clients { #expect(try client.get("/a", token: third).status == 200) }
        }
    }

    @Test("erasing a user ends their sessions, and the next login knows nothing of them")
    func erase() async throws {
        try await LoginBench.run { bench in
            let client = try bench.gateway.client()
            let token = try bench.token(openid: "o-1")
            let named = try client.request("POST", "/auth/user", token: token, body: #"{"nickname":"Band"}"#)
            #expect(named.outcome == "200 10000 -")
            let erased = try client.request("DELETE", "/auth/user", token: token)
            #expect(erased.outcome == "200 10000 -")
            #expect(try client.get("/a", token: token).outcome == "401 20005 AUTH_REVOKED")
            let fresh = try bench.token(openid: "o-1")
            let session = try client.get("/auth/session", token: fresh)
            #expect(session.data?["userInfo"]?["nickname"]?.isNull == true)
            #expect(session.data?["authStep"]?.integer == 1)
        }
    }
}
