import Cryptography
import Gateway
import JSON
import Testing

@Suite("What a route wants of a user")
struct RouteConditionTests {
    private static let other = "wx0000000000000000"
    private static let routes = [
        #"{"path":"/profile","service":"s","require":["profile"]}"#,
        #"{"path":"/both","service":"s","require":["profile","phone"]}"#,
        #"{"path":"/told","service":"s","forwardPhone":true}"#,
        #"{"path":"/one","service":"s","apps":["\#(TestGateway.appID)"]}"#,
        #"{"path":"/**","service":"s"}"#,
    ]

    @Test("says what is missing, and a change counts at once for tokens issued before, on every worker")
    func require() async throws {
        try await LoginBench.run(routes: Self.routes) { bench in
            let token = try bench.token(openid: "o-1")
            let clients = try (0..<12).map { _ in try bench.gateway.client() }
            for client in clients {
                let refused = try client.get("/both", token: token)
                #expect(refused.outcome == "403 20011 AUTH_STEP_REQUIRED")
                #expect(refused.relogin == false && refused.replay == false)
                #expect(refused.data?["required"]?.elements?.compactMap(\.string) == ["profile", "phone"])
                #expect(refused.data?["missing"]?.elements?.compactMap(\.string) == ["profile", "phone"])
                #expect(refused.data?["authStep"]?.integer == 1)
            }
            let named = try clients[0].request("POST", "/auth/user", token: token, body: #"{"nickname":"Band"}"#)
            #expect(named.data?["authStep"]?.integer == 2)
            let renewed = try #require(named.data?["token"]?.string)
            for client in clients {
                for token in [token, renewed] {
                    #expect(try client.get("/profile", token: token).status == 200)
                    let refused = try client.get("/both", token: token)
                    #expect(refused.data?["missing"]?.elements?.compactMap(\.string) == ["phone"])
                }
            }
            let phone = try bench.phoneCode("13800000000")
            let bound = try clients[0].request("POST", "/auth/phone", token: token, body: #"{"code":"\#(phone)"}"#)
            #expect(bound.outcome == "200 10000 -")
            #expect(bound.data?["authStep"]?.integer == 3)
            for client in clients { #expect(try client.get("/both", token: token).status == 200) }

            #expect(try clients[1].get("/told", token: token).status == 200)
            let told = bench.seenByService().heads.last
            #expect(told?["x-user-phone"]?.contains("13800000000") == true)
            #expect(try clients[1].get("/a", token: token, fields: ["x-user-phone: 1"]).status == 200)
            #expect(bench.seenByService().heads.last?["x-user-phone"] == nil)

            let unbound = try clients[0].request("DELETE", "/auth/phone", token: token)
            #expect(unbound.data?["authStep"]?.integer == 2)
            for client in clients {
                #expect(try client.get("/both", token: token).outcome == "403 20011 AUTH_STEP_REQUIRED")
            }
            #expect(try clients[1].get("/told", token: token).status == 200)
            #expect(bench.seenByService().heads.last?["x-user-phone"] == nil)
        }
    }

    @Test("a route may serve some apps only, whose users log in with the app they name")
    func apps() async throws {
        try await LoginBench.run(apps: [TestGateway.appID, Self.other], routes: Self.routes) { bench in
            let client = try bench.gateway.client()
            func token(_ app: String) throws -> String {
                let login = try bench.login(#"{"code":"\#(try bench.code())","appId":"\#(app)"}"#)
                return try #require(login.data?["token"]?.string)
            }
            #expect(try client.get("/one", token: try token(TestGateway.appID)).status == 200)
            let refused = try client.get("/one", token: try token(Self.other))
            #expect(refused.outcome == "403 20012 FORBIDDEN")
            #expect(refused.relogin == false && refused.replay == false)

            let named = try bench.login(
                #"{"code":"\#(try bench.code())"}"#,
                fields: ["x-wx-appid: \(Self.other)"]
            )
            let userToken = try #require(named.data?["token"]?.string)
            #expect(try client.get("/a", token: userToken).status == 200)
            #expect(bench.seenByService().heads.last?["x-wx-appid"] == Self.other)
            #expect(try bench.login(code: try bench.code()).outcome == "400 24400 BAD_REQUEST")
            let inPlace = try client.get(
                "/one",
                fields: ["x-wx-code: \(try bench.code())", "x-wx-appid: \(Self.other)"]
            )
            #expect(inPlace.outcome == "403 20012 FORBIDDEN")
            // The code is spent: the token comes along all the same.
            #expect(inPlace["x-auth-token"] != nil)
            #expect(inPlace.json?["auth"]?["token"]?.string == inPlace["x-auth-token"])
        }
    }
}

@Suite("Client keys")
struct ClientKeyTests {
    @Test("a route that demands one takes any of those configured, and no other")
    func keys() async throws {
        let service = try TellingService.start()
        let digests = try ["first-key", "second-key"].map { try Self.digest($0) }
        try await TestGateway.run(
            service: service,
            routes: [
                #"{"path":"/a","service":"s","auth":"none","clientKey":"k"}"#,
                #"{"path":"/b","service":"s","auth":"none","clientKey":"own"}"#,
                #"{"path":"/c","service":"s","auth":"none"}"#,
            ],
            members: [
                "clientKeys": """
                {"k":{"sha256":["\(digests[0])","\(digests[1].uppercased())"]},
                 "own":{"header":"x-partner-key","sha256":["\(digests[0])"]}}
                """
            ]
        ) { gateway in
            let client = try gateway.client()
            for key in ["first-key", "second-key"] {
                #expect(try client.get("/a", fields: ["BG-Key: \(key)"]).status == 200)
            }
            for fields in [
                [], ["bg-key: "], ["bg-key: other"], ["bg-key: first-key", "bg-key: first-key"], ["bg_key: first-key"],
                ["x-partner-key: first-key"], ["bg-key: \(digests[0])"],
            ] {
                let refused = try client.get("/a", fields: fields)
                #expect(refused.outcome == "403 20004 CLIENT_KEY_INVALID", "\(fields)")
                #expect(refused.json?["msg"]?.string == "bg-key is auth failed")
                #expect(refused.relogin == false && refused.replay == false)
            }
            #expect(try client.get("/b", fields: ["x-partner-key: first-key"]).status == 200)
            let refused = try client.get("/b", fields: ["bg-key: first-key"])
            #expect(refused.json?["msg"]?.string == "x-partner-key is auth failed")
            // Neither key reaches a service, on whatever route.
            #expect(try client.get("/c", fields: ["bg-key: k", "X-Partner_Key: k", "x-partner-key: k"]).status == 200)
            for head in service.requests.map(\.fields) {
                #expect(head.lines.allSatisfy { !$0.name.lowercased().contains("key") })
            }
        }
    }

    private static func digest(_ text: String) throws -> String {
        let bytes = Array(text.utf8)
        let digest = try Digest.sha256(bytes.span)
        var text = ""
        for index in 0..<32 {
            let byte = String(digest[index], radix: 16)
            text += byte.count == 1 ? "0" + byte : byte
        }
        return text
    }
}
