import Gateway
import JSON
import Testing

@Suite("A token near its end gets its successor")
struct RenewalTests {
    /// A token of ten minutes is in its last part from the first moment on; one of two hours is not for an hour. With the
    /// operators' port, for `LoginBench.makeSuccessor`.
    static let always = [
        "admin": #"{"address":"127.0.0.1:0"}"#,
        "tokens": """
        {"issuer":"\(TestGateway.issuer)","lifetime":"2h","renewBefore":"1h",
         "signingKeys":[{"id":"test-1","algorithm":"HS256","secret":{"value":"\(TestGateway.secret)"}}]}
        """,
    ]
    private static let routes = [
        #"{"path":"/wrapped/**","service":"s","success":"wrap"}"#, #"{"path":"/**","service":"s"}"#,
    ]

    /// A token of a session of the store's that ends soon.
    private static func aging(_ bench: LoginBench, _ token: String) throws -> String {
        try bench.gateway.token(like: token, lifetime: 600)
    }

    @Test("once, the same one to all who ask on all workers, in header and wrapped body; the old one stays good")
    func successor() async throws {
        try await LoginBench.run(routes: Self.routes, members: Self.always) { bench in
            let old = try Self.aging(bench, try bench.token())
            let answers = try await bench.inParallel(Array(0..<40)) { number in
                let response = try bench.gateway.client().get(number % 2 == 0 ? "/a" : "/wrapped/json", token: old)
                if number % 2 == 1 {
                    #expect(response.json?["auth"]?["token"]?.string == response["x-auth-token"])
                }
                return "\(response.status) \(response["x-auth-token"] ?? "")"
            }
            // A request whose successor does not come within half a second goes on without one, as on a loaded machine.
            let brought = Set(answers).subtracting(["200 "])
            #expect(brought.count == 1, "\(Set(answers))")
            let successor = try #require(brought.first?.split(separator: " ").last.map(String.init))
            #expect(successor != old && successor.hasPrefix("ey"))
            let client = try bench.gateway.client()
            #expect(try client.get("/a", token: old)["x-auth-token"] == successor)
            #expect(try client.get("/a", token: successor).status == 200)
            #expect(try client.get("/a", token: old).status == 200)
            #expect(try bench.exchanges() == 1)
            #expect(try bench.gateway.operators().get("/counters").data?["renewals"]?.integer == 1)
        }
    }

    @Test("not for a session that is over, and not where it is off")
    func none() async throws {
        try await LoginBench.run(routes: Self.routes, members: Self.always) { bench in
            let client = try bench.gateway.client()
            // The store knows nothing of this session: the token is as good as it was, and has no successor.
            let response = try client.get("/a", token: try bench.gateway.token())
            #expect(response.status == 200 && response["x-auth-token"] == nil)
        }
        try await LoginBench.run(routes: Self.routes) { bench in
            let token = try Self.aging(bench, try bench.token())
            let response = try bench.gateway.client().get("/a", token: token)
            #expect(response.status == 200 && response["x-auth-token"] == nil)
        }
    }

    @Test("its end is its session's end")
    func logout() async throws {
        try await LoginBench.run(routes: Self.routes, members: Self.always) { bench in
            let client = try bench.gateway.client()
            let old = try Self.aging(bench, try bench.token())
            try await bench.makeSuccessor(for: old) { try $0.get("/a", token: $1) }
            let successor = try #require(try client.get("/a", token: old)["x-auth-token"])
            #expect(try client.request("POST", "/auth/logout", token: successor).status == 200)
            for token in [old, successor] {
                #expect(try client.get("/a", token: token).outcome == "401 20005 AUTH_REVOKED")
            }
        }
    }
}

extension LoginBench {
    /// Lets a request make the successor of a session's tokens, and returns once the gateway remembers the successor.
    ///
    /// A request waits half a second at most for the store, so that the first one may go on without a successor on a loaded
    /// machine. A successor that is remembered comes with every later request. For one session of a gateway.
    ///
    /// - Parameters:
    ///   - token: any of the session.
    ///   - request: sends a request with the token that it is given.
    func makeSuccessor(
        for token: String,
        _ request: (_ client: RawClient, _ token: String) throws -> RawResponse
    ) async throws {
        _ = try request(try gateway.client(), try gateway.token(like: token, lifetime: 600))
        let operators = try gateway.operators()
        try await waitUntil("a successor") { try operators.get("/counters").data?["renewals"]?.integer == 1 }
    }
}
