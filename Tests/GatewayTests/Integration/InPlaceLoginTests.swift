import Gateway
import JSON
import Testing

@Suite("A fresh code logs in on the request that needs it")
struct InPlaceLoginTests {
    private static let routes = [
        #"{"path":"/open/**","service":"s","auth":"optional"}"#,
        #"{"path":"/closed/**","service":"s"}"#,
        #"{"path":"/wrapped/**","service":"s","success":"wrap"}"#,
        #"{"path":"/strict/**","service":"s","inPlaceLogin":false}"#,
        #"{"path":"/prefetch","service":"s","queryCredentials":true}"#,
        #"{"path":"/public/**","service":"s","auth":"none"}"#,
    ]

    private static func code(_ code: String) -> [String] { ["x-wx-code: \(code)"] }

    @Test("where the token is missing, expired or broken, and the answer brings the new one")
    func loggedIn() async throws {
        let log = try await LoginBench.run(routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            for token in [nil, try bench.gateway.token(lifetime: -1), "x.y.z"] {
                let code = try bench.code()
                let response = try client.request(
                    "POST",
                    "/closed/orders",
                    token: token,
                    fields: Self.code(code),
                    body: "12 bottles"
                )
                #expect(response.status == 200)
                #expect(response.text == "POST /closed/orders 12 bottles")
                let fresh = try #require(response["x-auth-token"])
                #expect(response["x-auth-expires-in"] == "7200")
                #expect(response.fields.all("cache-control") == ["private, no-store"])
                #expect(try client.get("/closed/a", token: fresh).status == 200)
                #expect(try client.get("/auth/session", token: fresh).outcome == "200 10000 -")
            }
            #expect(try bench.exchanges() == 3)
            let (heads, _) = bench.seenByService()
            #expect(heads.allSatisfy { $0["x-wx-code"] == nil && $0["authorization"] == nil })
            #expect(heads.allSatisfy { $0["x-user-id"]?.hasPrefix("u_") == true })
        }
        let entries = try log.entries()
        #expect(entries.filter { $0["loggedIn"]?.bool == true }.count == 3)
        #expect(!log.joined().contains("x-wx-code"))
    }

    @Test("a good token is used, and the code is left for another time")
    func notNeeded() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let token = try #require(try bench.login(code: try bench.code()).data?["token"]?.string)
            let client = try bench.gateway.client()
            let response = try client.get("/closed/a", token: token, fields: Self.code(try bench.code()))
            #expect(response.status == 200)
            #expect(response["x-auth-token"] == nil)
            #expect(try bench.exchanges() == 1)
        }
    }

    @Test("a wrapped body brings it too, whatever its framing, and an envelope of a failure as well")
    func wrapped() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            for path in ["/wrapped/json", "/wrapped/chunked", "/wrapped/empty", "/wrapped/fail"] {
                let response = try client.get(path, fields: Self.code(try bench.code()))
                let token = try #require(response["x-auth-token"], "\(path)")
                #expect(response.json?["auth"]?["token"]?.string == token, "\(path): \(response.text)")
                #expect(response.json?["auth"]?["expiresIn"]?.integer == 7200)
                #expect(response.json?["code"]?.integer == (path == "/wrapped/fail" ? 30000 : 10000))
                #expect(response.fields.all("cache-control") == ["private, no-store"])
                #expect(try client.livesOn())
            }
        }
    }

    @Test("a code that is no good is told so, and nothing is forwarded")
    func refused() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            let wrong = try client.request("POST", "/closed/a", fields: Self.code("never-was"), body: "x")
            #expect(wrong.outcome == "400 20006 LOGIN_CODE_INVALID")
            #expect(try client.livesOn())
            #expect(try client.get("/open/a", fields: Self.code("never-was")).outcome == "400 20006 LOGIN_CODE_INVALID")
            let twice = try client.get("/closed/a", fields: ["x-wx-code: a", "x-wx-code: b"])
            #expect(twice.outcome == "400 24400 BAD_REQUEST")
            let other = try client.get("/closed/a", fields: ["x-wx-code: a", "x-wx-appid: wx0"])
            #expect(other.outcome == "400 24400 BAD_REQUEST")
            #expect(bench.seenByService().heads.isEmpty)
        }
    }

    @Test("only where the route wants it")
    func off() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            let strict = try client.get("/strict/a", fields: Self.code(try bench.code()))
            #expect(strict.outcome == "401 20001 AUTH_REQUIRED")
            let open = try client.get("/public/a", fields: Self.code(try bench.code()))
            #expect(open.status == 200 && open["x-auth-token"] == nil)
            #expect(try bench.exchanges() == 0)
        }
    }

    @Test("a failing WeChat leaves a request anonymous where a token is optional, and fails it elsewhere")
    func weChatAway() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            try bench.fail(#"{"fault":"errcode","errcode":-1}"#)
            let open = try client.get("/open/a", fields: Self.code(try bench.code()))
            #expect(open.status == 200 && open["x-auth-token"] == nil)
            #expect(bench.seenByService().heads.last?["x-user-id"] == nil)
            try bench.fail(#"{"fault":"errcode","errcode":-1}"#)
            let seen = bench.seenByService().heads.count
            let bad = try client.get("/open/a", token: "x.y.z", fields: Self.code(try bench.code()))
            #expect(bad.outcome == "401 20002 AUTH_INVALID")
            #expect(bench.seenByService().heads.count == seen)
            try bench.fail(#"{"fault":"errcode","errcode":-1}"#)
            let closed = try client.get("/closed/a", fields: Self.code(try bench.code()))
            #expect(closed.outcome == "503 30000 WECHAT_UNAVAILABLE")
        }
    }

    @Test("token and code in the query, for data pre-fetch; neither goes further")
    func query() async throws {
        let log = try await LoginBench.run(routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            let code = try bench.code()
            let first = try client.get("/prefetch?appid=\(TestGateway.appID)&code=\(code)&scene=1")
            #expect(first.status == 200)
            let token = try #require(first["x-auth-token"])
            let second = try client.get("/prefetch?token=\(token)&scene=2")
            #expect(second.status == 200)
            #expect(try client.get("/prefetch?token=x.y.z").outcome == "401 20002 AUTH_INVALID")
            #expect(try client.get("/prefetch?token=\(token)", token: token).outcome == "401 20002 AUTH_INVALID")
            #expect(try client.get("/closed/a?token=\(token)").outcome == "401 20001 AUTH_REQUIRED")
            let targets = bench.seenByService().targets
            #expect(targets == ["/prefetch?appid=\(TestGateway.appID)&scene=1", "/prefetch?scene=2"])
        }
        #expect(!log.joined().contains("scene"))
    }

    @Test("ten requests with ten codes get ten tokens that all hold; ten with one code get one")
    func parallel() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let codes = try (0..<10).map { _ in try bench.code() }
            let tokens = try await bench.inParallel(codes) { code in
                try bench.gateway.client().get("/closed/a", fields: Self.code(code))["x-auth-token"] ?? ""
            }
            #expect(Set(tokens).count == 10)
            let client = try bench.gateway.client()
            for token in tokens { #expect(try client.get("/closed/a", token: token).status == 200) }
            #expect(try bench.exchanges() == 10)

            let one = try bench.code()
            let same = try await bench.inParallel(Array(repeating: one, count: 10)) { code in
                try bench.gateway.client().get("/closed/a", fields: Self.code(code))["x-auth-token"] ?? ""
            }
            #expect(Set(same).count == 1 && same.first?.isEmpty == false)
            #expect(try bench.exchanges() == 11)
        }
    }

    @Test("a body waits at the client until the login is done, and is sent once")
    func bodyWaits() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            try bench.fail(#"{"fault":"slow","delay":"1s"}"#)
            let code = try bench.code()
            let client = try bench.gateway.client()
            let size = 8 << 20
            try client.send(
                "POST /closed/count HTTP/1.1\r\nhost: h\r\nx-wx-code: \(code)\r\ncontent-length: \(size)\r\n\r\n"
            )
            let piece = String(repeating: "x", count: 1 << 20)
            for _ in 0..<8 { try client.send(piece) }
            let response = try client.read()
            #expect(response.text == "\(size)")
            #expect(bench.seenByService().heads.count == 1)
            #expect(try client.livesOn())
        }
    }

    @Test("a client that leaves while its code is exchanged leaves nothing behind")
    func leaving() async throws {
        let log = try await LoginBench.run(routes: Self.routes) { bench in
            try bench.fail(#"{"fault":"slow","delay":"1s"}"#)
            let client = try bench.gateway.client()
            try client.sendRequest("GET", "/closed/a", fields: Self.code(try bench.code()))
            while try bench.exchanges() == 0 {}
            client.socket.reset()
            #expect(try bench.gateway.client().livesOn())
        }
        let entries = try log.entries()
        #expect(entries.map { $0["status"]?.integer } == [499])
    }
}
