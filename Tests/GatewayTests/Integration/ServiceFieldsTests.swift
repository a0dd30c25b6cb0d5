import JSON
import Testing

/// Contract, section 6.
@Suite("What a service gets to see")
struct ServiceFieldsTests {
    private static let routes = [
        #"{"path":"/required/**","service":"s"}"#,
        #"{"path":"/optional/**","service":"s","auth":"optional"}"#,
        #"{"path":"/open/**","service":"s","auth":"none"}"#,
        #"{"path":"/token/**","service":"s","forwardToken":true}"#,
    ]

    private static let identity = ["x-user-id", "x-wx-appid", "x-wx-openid", "x-wx-unionid", "x-wx-source"]

    @Test("identity fields, each once, from the token alone")
    func identity() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let token = try gateway.token(user: "u_42", unionid: "union-42")
            let forged = Self.identity.map { "\($0): forged" } + ["X-USER-ID: forged"]
            for path in ["/required/x", "/optional/x"] {
                #expect(try client.get(path, token: token, fields: forged).status == 200)
                let request = try #require(service.requests.last)
                #expect(request.fields.all("x-user-id") == ["u_42"])
                #expect(request.fields.all("x-wx-appid") == [TestGateway.appID])
                #expect(request.fields.all("x-wx-openid") == ["openid-of-u_42"])
                #expect(request.fields.all("x-wx-unionid") == ["union-42"])
                #expect(request.fields.all("x-wx-source") == ["menshen"])
                #expect(request["authorization"] == nil)
            }
            // No unionid in the token: none, rather than the client's.
            let plain = try gateway.token(user: "u_43")
            #expect(try client.get("/required/x", token: plain, fields: forged).status == 200)
            #expect(service.requests.last?.fields.all("x-user-id") == ["u_43"])
            #expect(service.requests.last?["x-wx-unionid"] == nil)
            // No token: nobody.
            for path in ["/optional/x", "/open/x"] {
                #expect(try client.get(path, fields: forged).status == 200)
                for name in Self.identity { #expect(service.requests.last?[name] == nil) }
            }
            // A route without token check does not look at one, and does not pass it on.
            #expect(try client.get("/open/x", token: token).status == 200)
            #expect(service.requests.last?["x-user-id"] == nil)
            #expect(service.requests.last?["authorization"] == nil)
        }
    }

    @Test("a request that is refused never gets there")
    func refused() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let expired = try gateway.token(lifetime: -1)
            let refusals: [(String, String?, Int64, String)] = [
                ("/required/x", nil, 20001, "AUTH_REQUIRED"), ("/required/x", "a.b.c", 20002, "AUTH_INVALID"),
                ("/required/x", expired, 20003, "AUTH_EXPIRED"), ("/optional/x", "a.b.c", 20002, "AUTH_INVALID"),
                ("/optional/x", expired, 20003, "AUTH_EXPIRED"),
            ]
            for (path, token, code, reason) in refusals {
                let response = try client.get(path, token: token)
                response.expectRefusal(code, reason, status: 401)
                #expect(response.relogin == true)
                #expect(response.replay == true)
                let challenge = #"Bearer realm="\#(TestGateway.issuer)""#
                let expected = token == nil ? challenge : challenge + #", error="invalid_token""#
                #expect(response["www-authenticate"] == expected)
            }
            #expect(service.connections == 0)
            #expect(try client.livesOn())
        }
    }

    @Test(
        "forgeries go, in any spelling that a framework could read as one",
        arguments: [
            "x-user-id", "x-user-phone", "x-wx-appid", "x-wx-openid", "x-wx-unionid", "x-wx-source", "x-wx-code",
            "x-wx-anything", "x-auth-token", "x-auth-anything", "x-identity-token", "forwarded", "x-real-ip",
            "x-original-url", "x-rewrite-url", "proxy", "x-http-method-override",
        ]
    )
    func forgeries(name: String) async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let spellings = [
                name, name.uppercased(), name.replacing("-", with: "_"), name.replacing("-", with: "."),
                name.replacing("-", with: "_").uppercased(),
            ]
            let fields = spellings.map { "\($0): forged" }
            #expect(try client.get("/open/x", fields: fields + ["x-kept: forged"]).status == 200)
            let request = try #require(service.requests.first)
            #expect(request.fields.lines.filter { $0.value == "forged" }.map(\.name) == ["x-kept"])
        }
    }

    @Test("fields about the client's connection stay there, and its own Connection names go with it")
    func hopByHop() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let gone = [
                "Connection: keep-alive, x-mine", "X-Mine: 1", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive",
                "TE: trailers", "Upgrade: h2c", "HTTP2-Settings: AAAA", "Proxy-Authorization: Basic eA==",
            ]
            let kept = ["User-Agent: test/1", "Accept: */*", "Cookie: a=b", "X-Custom: Value", "X-Custom: Two"]
            #expect(try client.get("/open/x", fields: gone + kept).status == 200)
            let request = try #require(service.requests.first)
            #expect(request.version == "HTTP/1.1")
            #expect(request.fields.all("host") == ["127.0.0.1:\(service.port)"])
            #expect(
                Set(request.fields.names.map { $0.lowercased() }) == [
                    "host", "user-agent", "accept", "cookie", "x-custom", "x-request-id", "x-forwarded-for",
                    "x-forwarded-proto", "x-forwarded-host", "via", "traceparent",
                ]
            )
            #expect(request.fields.all("x-custom") == ["Value", "Two"])
        }
    }

    @Test(
        "a Connection that names what the message means is refused",
        arguments: ["host", "Content-Length", "transfer-encoding", "AUTHORIZATION", "close, authorization"]
    )
    func protectedNames(option: String) async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let client = try gateway.client()
            let response = try client.get("/open/x", fields: ["Connection: \(option)"])
            response.expectRefusal(24400, "BAD_REQUEST", status: 400)
            #expect(service.connections == 0)
        }
    }

    @Test("forwardToken passes the client's token on, as it came")
    func forwardToken() async throws {
        let service = try ScriptedService.answering(ok())
        try await TestGateway.run(service: service, routes: Self.routes) { gateway in
            let token = try gateway.token()
            let client = try gateway.client()
            #expect(try client.get("/token/x", token: token).status == 200)
            #expect(service.requests.first?.fields.all("authorization") == ["Bearer " + token])
            #expect(service.requests.first?["x-user-id"] == "u_test")
        }
    }

    @Test(
        "a token in a field of its own is taken from there, and only it is kept back",
        arguments: ["", "Bearer "],
        ["X-Token", "X-WX-Skey", "authorizationToken"]
    )
    func tokenHeader(scheme: String, name: String) async throws {
        let service = try ScriptedService.answering(ok())
        let tokens = """
            {"issuer":"\(TestGateway.issuer)","header":"\(name)",
             "signingKeys":[{"id":"test-1","algorithm":"HS256","secret":{"value":"\(TestGateway.secret)"}}]}
            """
        try await TestGateway.run(service: service, routes: Self.routes, members: ["tokens": tokens]) { gateway in
            let client = try gateway.client()
            let token = try gateway.token()
            let response = try client.get(
                "/required/x",
                fields: ["\(name): \(scheme)\(token)", "Authorization: Basic eA=="]
            )
            #expect(response.status == 200)
            #expect(service.requests.first?[name.lowercased()] == nil)
            #expect(service.requests.first?["authorization"] == "Basic eA==")
            #expect(service.requests.first?["x-user-id"] == "u_test")
            #expect(try client.get("/required/x", token: token).outcome == "401 20001 AUTH_REQUIRED")
        }
    }
}
