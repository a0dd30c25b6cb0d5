import Gateway
import JSON
import Testing

@Suite("Calls of the login endpoints are limited for each session", .timeLimit(.minutes(5)))
struct SessionCallTests {
    /// Three at once, and hardly another one while a test runs.
    private static let members = ["login": #"{"sessionRate":"1/d","sessionBurst":3}"#]

    private struct Call {
        let method: String
        let path: String
        let body: String?
    }

    private static let calls = [
        Call(method: "GET", path: "/auth/session", body: nil),
        Call(method: "HEAD", path: "/auth/session", body: nil),
        Call(method: "POST", path: "/auth/user", body: #"{"nickname":"n"}"#),
        Call(method: "POST", path: "/auth/phone", body: "{}"),
        Call(method: "DELETE", path: "/auth/phone", body: nil),
    ]

    @Test("but those that end the session always come through", arguments: ["POST /auth/logout", "DELETE /auth/user"])
    func ending(call: String) async throws {
        let words = call.split(separator: " ").map(String.init)
        try await LoginBench.run(members: Self.members) { bench in
            let client = try bench.gateway.client()
            let token = try bench.token()
            for _ in 0..<3 { #expect(try client.get("/auth/session", token: token).status == 200) }
            #expect(try client.get("/auth/session", token: token).status == 429)
            #expect(try client.request(words[0], words[1], token: token).status == 200)
            #expect(try client.get("/a", token: token).outcome == "401 20005 AUTH_REVOKED")
        }
    }

    @Test("whichever they are, over all workers: beyond the rate 24429 with retry-after, and nothing is done")
    func limited() async throws {
        try await LoginBench.run(members: Self.members) { bench in
            let token = try bench.token()
            for _ in 0..<3 { #expect(try bench.gateway.client().get("/auth/session", token: token).status == 200) }
            for call in Self.calls {
                // A connection of its own each time, so that every worker has some.
                let client = try bench.gateway.client()
                let response = try client.request(call.method, call.path, token: token, body: call.body)
                #expect(response.status == 429, "\(call.method) \(call.path)")
                if call.method != "HEAD" { #expect(response.outcome == "429 24429 RATE_LIMITED") }
                let wait = try #require(response["retry-after"].flatMap { Int($0) })
                #expect((1...86_400).contains(wait))
                #expect(try client.livesOn())
            }
            #expect(try bench.gateway.client().get("/a", token: token).status == 200, "the session goes on")
        }
    }

    @Test("a new token of the session does not begin anew, another session of the user does")
    func sessions() async throws {
        try await LoginBench.run(members: Self.members) { bench in
            let client = try bench.gateway.client()
            let token = try bench.token(openid: "o1")
            let update = try client.request("POST", "/auth/user", token: token, body: #"{"nickname":"n"}"#)
            let newer = try #require(update.data?["token"]?.string)
            #expect(newer != token)
            for _ in 0..<2 { #expect(try client.get("/auth/session", token: newer).status == 200) }
            for token in [newer, token] {
                #expect(try client.get("/auth/session", token: token).outcome == "429 24429 RATE_LIMITED")
            }
            let other = try bench.token(openid: "o1")
            #expect(try client.get("/auth/session", token: other).status == 200)
        }
    }

    @Test("what has no good token is not counted, nor are other routes and logins")
    func uncounted() async throws {
        try await LoginBench.run(members: Self.members) { bench in
            let client = try bench.gateway.client()
            let token = try bench.token()
            for _ in 0..<5 {
                #expect(try client.get("/auth/session").status == 401)
                #expect(try client.get("/auth/session", token: token + "x").status == 401)
                #expect(try client.get("/a", token: token).status == 200)
                #expect(try client.request("PUT", "/auth/phone", token: token).status == 405)
                #expect(try bench.login(code: try bench.code()).status == 200)
            }
            for _ in 0..<3 { #expect(try client.get("/auth/session", token: token).status == 200) }
            #expect(try client.get("/auth/session", token: token).status == 429)
        }
    }

    @Test("by default, with ten at once")
    func byDefault() async throws {
        try await LoginBench.run { bench in
            let client = try bench.gateway.client()
            let token = try bench.token()
            for _ in 0..<10 { #expect(try client.get("/auth/session", token: token).status == 200) }
            // Two come back in a second: only a machine that takes half a second for each call would never be refused.
            var refused: RawResponse?
            for _ in 0..<200 where refused == nil {
                let response = try client.get("/auth/session", token: token)
                if response.status != 200 { refused = response }
            }
            #expect(refused?.outcome == "429 24429 RATE_LIMITED" && refused?["retry-after"] == "1")
        }
    }
}
