import Gateway
import JSON
import Testing
import WeChatStandIn

@Suite("Login over real sockets")
struct ClientLoginTests {
    @Test("a code becomes a token, and the token opens routes and tells who it is")
    func success() async throws {
        let (code, token) = (Watched(""), Watched(""))
        let log = try await LoginBench.run { bench in
            let fresh = try bench.code(#"{"openid":"o-1","unionid":"union-1"}"#)
            code.withLock { $0 = fresh }
            let login = try bench.login(code: fresh)
            #expect(login.outcome == "200 10000 -")
            #expect(login["cache-control"] == "private, no-store")
            let data = try #require(login.data)
            let bearer = try #require(data["token"]?.string)
            token.withLock { $0 = bearer }
            #expect(data["tokenType"]?.string == "Bearer")
            #expect(data["expiresIn"]?.integer == 7200)
            let expiresAt = try #require(data["expiresAt"]?.integer)
            #expect(abs(expiresAt - TestClock.wallSeconds() - 7200) <= 60)
            #expect(data["authStep"]?.integer == 1)
            let userID = try #require(data["userInfo"]?["userId"]?.string)
            #expect(data["userInfo"]?["hasUnionId"]?.bool == true)
            #expect(!login.text.contains("session_key"))

            let client = try bench.gateway.client()
            #expect(try client.get("/orders", token: bearer).text == "GET /orders ")
            let session = try client.get("/auth/session", token: bearer)
            #expect(session.outcome == "200 10000 -")
            #expect(session.data?["token"] == nil)
            #expect(session.data?["userInfo"]?["userId"]?.string == userID)
            #expect(session.data?["expiresAt"]?.integer == expiresAt)
            let head = try client.request("HEAD", "/auth/session", token: bearer)
            #expect(head.status == 200)

            // A client that lost the answer gets the same one; WeChat is not asked again.
            let again = try bench.login(code: fresh)
            #expect(again.data?["token"]?.string == bearer)
            #expect(try bench.exchanges() == 1)
        }
        let entries = try log.entries()
        #expect(entries.count == 5)
        let users = Set(entries.map { $0["userId"]?.string })
        #expect(users.count == 1 && users.first != .some(nil))
        #expect(entries.filter { $0["route"]?.string == "/auth/login" }.count == 2)
        #expect(entries.filter { $0["route"]?.string == "/auth/session" }.count == 2)
        // Neither a code nor a token.
        #expect(!log.contains { line in code.withLock { line.contains($0) } || token.withLock { line.contains($0) } })
    }

    @Test("a code that was spent elsewhere is told from one that never was")
    func refusedCodes() async throws {
        try await LoginBench.run { bench in
            let spent = try bench.code()
            let query = "appid=\(TestGateway.appID)&secret=an-app-secret&js_code=\(spent)&grant_type=authorization_code"
            #expect(
                try RawClient(port: bench.standIn.port, host: nil).get("/sns/jscode2session?\(query)").status == 200
            )
            let used = try bench.login(code: spent)
            #expect(used.outcome == "400 20007 LOGIN_CODE_USED")
            #expect(used.relogin == true && used.replay == false)

            let unknown = try bench.login(code: "0f1Aaa000000000000000000000abcde")
            #expect(unknown.outcome == "400 20006 LOGIN_CODE_INVALID")
            #expect(unknown.relogin == true && unknown.replay == false)

            let mock = try bench.login(code: "the code is a mock one")
            #expect(mock.outcome == "400 20006 LOGIN_CODE_INVALID")
            #expect(mock.relogin == false)
            #expect(mock.json?["msg"]?.string?.contains("developer tools") == true)
        }
    }

    private static let faults: [(fault: String, outcome: String, inner: Int64?)] = [
        (#"{"fault":"errcode","errcode":-1}"#, "503 30000 WECHAT_UNAVAILABLE", 503),
        (#"{"fault":"errcode","errcode":40029}"#, "400 20006 LOGIN_CODE_INVALID", nil),
        (#"{"fault":"errcode","errcode":42003}"#, "400 20006 LOGIN_CODE_INVALID", nil),
        (#"{"fault":"errcode","errcode":41008}"#, "400 20006 LOGIN_CODE_INVALID", nil),
        (#"{"fault":"errcode","errcode":40163}"#, "400 20007 LOGIN_CODE_USED", nil),
        (#"{"fault":"errcode","errcode":40226}"#, "403 20008 USER_BLOCKED", nil),
        (#"{"fault":"errcode","errcode":50002}"#, "403 20008 USER_BLOCKED", nil),
        (#"{"fault":"errcode","errcode":45011}"#, "429 20009 LOGIN_THROTTLED", nil),
        (#"{"fault":"errcode","errcode":45009}"#, "429 20009 LOGIN_THROTTLED", nil),
        (#"{"fault":"errcode","errcode":40013}"#, "500 25001 MISCONFIGURED", nil),
        (#"{"fault":"errcode","errcode":40125}"#, "500 25001 MISCONFIGURED", nil),
        (#"{"fault":"errcode","errcode":40243}"#, "500 25001 MISCONFIGURED", nil),
        (#"{"fault":"errcode","errcode":41002}"#, "500 25001 MISCONFIGURED", nil),
        (#"{"fault":"errcode","errcode":41004}"#, "500 25001 MISCONFIGURED", nil),
        (#"{"fault":"errcode","errcode":99999}"#, "503 30000 WECHAT_UNAVAILABLE", 503),
        (#"{"fault":"html"}"#, "503 30000 WECHAT_UNAVAILABLE", 502),
        (#"{"fault":"http500"}"#, "503 30000 WECHAT_UNAVAILABLE", 502),
        (#"{"fault":"cut"}"#, "503 30000 WECHAT_UNAVAILABLE", 502),
        (#"{"fault":"reset"}"#, "503 30000 WECHAT_UNAVAILABLE", 502),
        (#"{"fault":"missing-openid"}"#, "503 30000 WECHAT_UNAVAILABLE", 502),
        (#"{"fault":"missing-session-key"}"#, "503 30000 WECHAT_UNAVAILABLE", 502),
        (#"{"fault":"slow","delay":"30s"}"#, "503 30000 WECHAT_UNAVAILABLE", 504),
        (#"{"fault":"errcode-as-string"}"#, "200 10000 -", nil),
        (#"{"fault":"control-characters"}"#, "200 10000 -", nil),
    ]

    @Test("whatever WeChat does is told in the contract's terms, and no loop of logins is invited")
    func weChatFaults() async throws {
        let admin = TestGateway.guardedAdmin
        try await LoginBench.run(wechat: #","timeout":"1500ms","connectTimeout":"1s""#, members: admin) { bench in
            let operators = try bench.gateway.operators()
            for (fault, outcome, inner) in Self.faults {
                let code = try bench.code()
                try bench.fail(fault)
                let response = try bench.login(code: code)
                #expect(response.outcome == outcome, "\(fault)")
                #expect(response.dataStatus == inner, "\(fault)")
                if response.status >= 400 {
                    #expect(response.relogin == outcome.hasPrefix("400"), "\(fault)")
                    #expect(response.replay == false, "\(fault)")
                    #expect(!response.text.contains(code) && !response.text.contains("127.0.0.1"))
                    #expect(!response.text.contains("rid:"))
                }
                if response.status == 429 {
                    #expect(response["retry-after"] != nil)
                    // The fuse would keep the next one from WeChat.
                    let reset = try operators.request(
                        "DELETE",
                        "/wechat/fuses/\(TestGateway.appID)",
                        token: TestGateway.adminToken
                    )
                    #expect(reset.outcome == "200 10000 -")
                }
                #expect(!response.text.contains("an-app-secret"))
            }
            #expect(try bench.exchanges() == Int64(Self.faults.count))
        }
    }

    @Test("a body that is not as documented is refused with what is wrong, and WeChat is not asked")
    func bodies() async throws {
        try await LoginBench.run { bench in
            let client = try bench.gateway.client()
            for (body, part) in [
                ("", "empty"), ("{}", "\"code\" is missing"), ("[]", "object"), ("\"code\"", "object"),
                ("{", "not JSON"),
                (#"{"code":1}"#, "string"), (#"{"code":null}"#, "string"), (#"{"code":""}"#, "empty"),
                (#"{"code":"x","appId":1}"#, "appId"), (#"{"code":"x","appId":"wx0"}"#, "appId"),
                (#"{"code":"x","code":"y"}"#, "not JSON"), (#"{"code":"x"} x"#, "not JSON"),
            ] {
                let response = try client.request("POST", "/auth/login", body: body)
                #expect(response.outcome == "400 24400 BAD_REQUEST", "\(body.prefix(40))")
                #expect(response.json?["msg"]?.string?.contains(part) == true, "\(body.prefix(40)): \(response.text)")
                #expect(response.relogin == false && response.replay == false)
            }
            #expect(try client.livesOn())
            let none = try client.request("POST", "/auth/login")
            #expect(none.outcome == "400 24400 BAD_REQUEST")
            let large = try bench.login(String(repeating: "x", count: 65537))
            #expect(large.outcome == "413 24413 BODY_TOO_LARGE")
            #expect(try bench.exchanges() == 0)
        }
    }

    @Test("a body may come in chunks, and unknown members are ignored")
    func chunked() async throws {
        try await LoginBench.run { bench in
            let body = #"{"other":[1],"code":"\#(try bench.code())","appId":"\#(TestGateway.appID)"}"#
            let client = try bench.gateway.client()
            try client.send("POST /auth/login HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            for byte in body { try client.send("1\r\n\(byte)\r\n") }
            try client.send("0\r\n\r\n")
            #expect(try client.read().outcome == "200 10000 -")
            #expect(try client.livesOn())
        }
    }

    @Test("the endpoints take their own methods only, and nothing else lies beside them")
    func methods() async throws {
        try await LoginBench.run { bench in
            let client = try bench.gateway.client()
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                let response = try client.request(method, "/auth/login")
                #expect(response.outcome == "405 24405 METHOD_NOT_ALLOWED")
                #expect(response["allow"] == "POST")
            }
            let post = try client.request("POST", "/auth/session", token: try bench.gateway.token(), body: "{}")
            #expect(post.outcome == "405 24405 METHOD_NOT_ALLOWED")
            #expect(post["allow"] == "GET, HEAD")
            for (path, allow) in [
                ("/auth/user", "POST, DELETE"), ("/auth/phone", "POST, DELETE"), ("/auth/logout", "POST"),
            ] {
                let response = try client.get(path, token: try bench.gateway.token())
                #expect(response.outcome == "405 24405 METHOD_NOT_ALLOWED")
                #expect(response["allow"] == allow)
            }
            for path in ["/auth/", "/auth/refresh", "/auth/login/"] {
                #expect(try client.get(path).outcome == "404 24404 ROUTE_NOT_FOUND")
            }
        }
    }

    @Test("a session wants a token, and one that this store knows")
    func sessions() async throws {
        try await LoginBench.run { bench in
            let client = try bench.gateway.client()
            #expect(try client.get("/auth/session").outcome == "401 20001 AUTH_REQUIRED")
            #expect(try client.get("/auth/session", token: "x.y.z").outcome == "401 20002 AUTH_INVALID")
            let expired = try client.get("/auth/session", token: try bench.gateway.token(lifetime: -1))
            #expect(expired.outcome == "401 20003 AUTH_EXPIRED")
            let foreign = try client.get("/auth/session", token: try bench.gateway.token())
            #expect(foreign.outcome == "401 20002 AUTH_INVALID")
            #expect(foreign["www-authenticate"]?.contains("invalid_token") == true)
            #expect(try client.livesOn())
        }
    }

    /// What a client hides in a body that nobody reads must not be taken for its next request.
    @Test("a body that the session endpoint does not want is not taken for a request")
    func sessionWithBody() async throws {
        try await LoginBench.run { bench in
            let token = try #require(try bench.login(code: try bench.code()).data?["token"]?.string)
            let hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
            for framing in ["Content-Length: \(hidden.utf8.count)\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n21\r\n"]
            {
                let client = try bench.gateway.client()
                try client.send(
                    "GET /auth/session HTTP/1.1\r\nHost: h\r\nAuthorization: \(token)\r\n\(framing)\(hidden)"
                )
                let response = try client.read()
                #expect(response.outcome == "200 10000 -")
                #expect(response["connection"] == "close")
                #expect(try client.isClosed())
            }
        }
    }
}
