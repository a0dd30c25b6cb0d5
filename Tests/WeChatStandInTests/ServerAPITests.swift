import Cryptography
import JSON
import NIOCore
import Testing

@testable import WeChatStandIn

@Suite("The stand-in's calls beside the login", .timeLimit(.minutes(5)))
struct ServerAPITests {
    /// A stand-in, a client and what it can ask.
    private struct Bench {
        let server: StandInServer
        let client: RawClient

        func json(_ method: String, _ target: String, _ body: String? = nil) throws -> JSONNode {
            try JSONReader().read(client.request(method, target, body: body).body)
        }

        func accessToken(force: Bool = false, secret: String = "s3cret") throws -> JSONNode {
            let force = force ? #","force_refresh":true"# : ""
            let body = #"{"grant_type":"client_credential","appid":"wx1","secret":"\#(secret)"\#(force)}"#
            return try json("POST", "/cgi-bin/stable_token", body)
        }

        func phone(_ code: String, token: String) throws -> JSONNode {
            try json("POST", "/wxa/business/getuserphonenumber?access_token=\(token)", #"{"code":"\#(code)"}"#)
        }

        /// Logs in; gives code and session_key.
        func login(_ order: String) throws -> (code: String, sessionKey: String) {
            let code = try #require(try json("POST", "/stand-in/codes", order)["code"]?.string)
            let query = "appid=wx1&secret=s3cret&js_code=\(code)&grant_type=authorization_code"
            let session = try json("GET", "/sns/jscode2session?\(query)")
            return (code, try #require(session["session_key"]?.string))
        }
    }

    private func withBench(_ body: (Bench) throws -> Void) async throws {
        let server = try await StandInServer.start(port: 0, apps: ["wx1": "s3cret", "wx2": "other"], group: loops)
        let result = Result { try body(Bench(server: server, client: try RawClient(port: server.port))) }
        await server.stop()
        try result.get()
    }

    @Test("a phone code gives its number once, by the app's access token")
    func phoneNumbers() async throws {
        try await withBench { bench in
            let token = try #require(try bench.accessToken()["access_token"]?.string)
            let order = #"{"phoneNumber":"91234567","countryCode":"852"}"#
            let code = try #require(try bench.json("POST", "/stand-in/phone-codes", order)["code"]?.string)
            #expect(code.utf8.count == 64)
            let answer = try bench.phone(code, token: token)
            #expect(answer["errcode"]?.integer == 0 && answer["errmsg"]?.string == "ok")
            let info = try #require(answer["phone_info"])
            #expect(info["phoneNumber"]?.string == "+85291234567" && info["purePhoneNumber"]?.string == "91234567")
            #expect(info["countryCode"]?.string == "852" && info["watermark"]?["appid"]?.string == "wx1")
            #expect(try bench.phone(code, token: token)["errcode"]?.integer == 40163)
            #expect(try bench.phone("x", token: token)["errcode"]?.integer == 40029)
            let made = try bench.json("POST", "/stand-in/phone-codes")
            #expect(made["phoneNumber"]?.string?.hasPrefix("138") == true)
            let foreign = try bench.json("POST", "/stand-in/phone-codes", #"{"appId":"wx2"}"#)
            #expect(try bench.phone(try #require(foreign["code"]?.string), token: token)["errcode"]?.integer == 40029)
        }
    }

    @Test("a token that is wrong, missing or ended is told as WeChat tells it")
    func tokens() async throws {
        try await withBench { bench in
            let first = try #require(try bench.accessToken()["access_token"]?.string)
            #expect(try bench.accessToken()["access_token"]?.string == first)
            #expect(try bench.phone("x", token: "wrong")["errcode"]?.integer == 40001)
            #expect(try bench.phone("x", token: "")["errcode"]?.integer == 41001)
            #expect(bench.client.request("DELETE", "/stand-in/access-tokens").status == 200)
            #expect(try bench.phone("x", token: first)["errcode"]?.integer == 42001)
            let second = try #require(try bench.accessToken()["access_token"]?.string)
            let third = try #require(try bench.accessToken(force: true)["access_token"]?.string)
            #expect(Set([first, second, third]).count == 3)
            #expect(try bench.phone("x", token: second)["errcode"]?.integer == 40001)
            #expect(try bench.phone("x", token: third)["errcode"]?.integer == 40029)
            let set = try bench.json("POST", "/stand-in/settings", #"{"accessTokenLifetime":"60s"}"#)
            #expect(set["accessTokenLifetime"]?.string == "60000ms" && set["delay"]?.string == "0ms")
            _ = bench.client.request("DELETE", "/stand-in/access-tokens")
            #expect(try bench.accessToken()["expires_in"]?.integer == 60)
        }
    }

    @Test("calls that are wrong by themselves")
    func wrongCalls() async throws {
        try await withBench { (bench: Bench) throws -> Void in
            #expect(try bench.accessToken(secret: "x")["errcode"]?.integer == 40125)
            #expect(try bench.json("POST", "/cgi-bin/stable_token", "{}")["errcode"]?.integer == 40002)
            #expect(try bench.json("POST", "/cgi-bin/stable_token", "{")["errcode"]?.integer == 47001)
            #expect(try bench.json("GET", "/cgi-bin/stable_token")["errcode"]?.integer == 43002)
            #expect(try bench.json("POST", "/wxa/checksession", "{}")["errcode"]?.integer == 43001)
            let refused = bench.client.request("GET", "/wxa/business/getuserphonenumber")
            #expect(refused.status == 200 && refused.headers["content-type"] == "text/plain")
        }
    }

    @Test("checksession knows the newest session_key only")
    func checkSession() async throws {
        try await withBench { bench in
            let token = try #require(try bench.accessToken()["access_token"]?.string)
            func check(_ key: String) throws -> Int64? {
                let bytes = Array(key.utf8)
                let code = try HMACSHA256.code(of: [UInt8]().span, key: bytes.span)
                let query = "access_token=\(token)&openid=o1&sig_method=hmac_sha256&signature=\(Hex.encode(code.span))"
                return try bench.json("GET", "/wxa/checksession?\(query)")["errcode"]?.integer
            }
            let old = try bench.login(#"{"openid":"o1"}"#).sessionKey
            #expect(try check(old) == 0)
            let new = try bench.login(#"{"openid":"o1"}"#).sessionKey
            #expect(try check(old) == 87009 && check(new) == 0)
        }
    }

    @Test("open data are sealed and signed under the user's newest key, or under the key that a code gives")
    func openData() async throws {
        try await withBench { bench in
            let old = try bench.login(#"{"openid":"o1","unionid":"u1"}"#)
            let new = try bench.login(#"{"openid":"o1","unionid":"u1"}"#)
            func opened(_ order: String, _ key: String) throws -> JSONNode? {
                let answer = try bench.json("POST", "/stand-in/open-data", order)
                let (iv, data) = (try #require(answer["iv"]?.string), try #require(answer["encryptedData"]?.string))
                let plain = try Self.decrypted(Self.decoded(data), Self.decoded(key), Self.decoded(iv))
                return plain.flatMap { try? JSONReader().read($0) }
            }
            let user = try #require(try opened(#"{"openid":"o1","kind":"userInfo","nickName":"神"}"#, new.sessionKey))
            #expect(user["openId"]?.string == "o1" && user["unionId"]?.string == "u1")
            #expect(user["nickName"]?.string == "神" && user["watermark"]?["appid"]?.string == "wx1")
            #expect(try opened(#"{"openid":"o1","kind":"userInfo"}"#, old.sessionKey) == nil)
            let earlier = try opened(#"{"code":"\#(old.code)","kind":"userInfo"}"#, old.sessionKey)
            #expect(earlier?["openId"]?.string == "o1")
            let phone = try opened(
                #"{"openid":"o1","kind":"phone","phoneNumber":"13900000000","watermarkAppId":"wx9"}"#,
                new.sessionKey
            )
            #expect(phone?["phoneNumber"]?.string == "13900000000" && phone?["watermark"]?["appid"]?.string == "wx9")
            let signed = try bench.json("POST", "/stand-in/open-data", #"{"openid":"o1","kind":"userInfo"}"#)
            let message = Array((try #require(signed["rawData"]?.string) + new.sessionKey).utf8)
            let digest = try Digest.sha1(message.span)
            #expect(signed["signature"]?.string == Hex.encode(digest.span))
        }
    }

    private static func decoded(_ text: String) throws -> [UInt8] {
        let bytes = Array(text.utf8)
        let decoded = Base64.decode(bytes.span)
        return try #require(decoded)
    }

    private static func decrypted(_ data: [UInt8], _ key: [UInt8], _ iv: [UInt8]) throws -> [UInt8]? {
        try? AES128CBC.decrypt(data.span, key: key.span, iv: iv.span)
    }

    @Test(
        "an order for open data that is refused says why",
        arguments: [
            (#"{}"#, "\"kind\" must be one of"), (#"{"kind":"user","openid":"o"}"#, "\"kind\" must be one of"),
            (#"{"kind":"phone"}"#, "either \"openid\" or \"code\""),
            (#"{"kind":"phone","openid":"o","code":"c"}"#, "either \"openid\" or \"code\""),
            (#"{"kind":"phone","openid":"o"}"#, "this user has not logged in"),
            (#"{"kind":"phone","code":"c"}"#, "unknown login code"),
            (#"{"kind":"phone","openid":"o","nick":""}"#, "unknown member"),
        ]
    )
    func badOpenData(_ order: String, _ message: String) async throws {
        try await withBench { bench in
            let response = bench.client.request("POST", "/stand-in/open-data", body: order)
            #expect(response.status == 400)
            let error = try JSONReader().read(response.body)["error"]?.string
            #expect(error?.hasPrefix(message) == true)
        }
    }

    @Test("faults are for one endpoint, and each is counted there")
    func faults() async throws {
        try await withBench { bench in
            for fault in [
                #"{"fault":"errcode","errcode":-1,"endpoint":"stable_token"}"#,
                #"{"fault":"html","endpoint":"stable_token"}"#,
                #"{"fault":"errcode-as-string","endpoint":"getuserphonenumber"}"#,
            ] {
                #expect(bench.client.request("POST", "/stand-in/faults", body: fault).status == 200)
            }
            _ = try bench.login("{}")
            #expect(try bench.accessToken()["errcode"]?.integer == -1)
            let page = bench.client.request("POST", "/cgi-bin/stable_token", body: "{}")
            #expect(page.headers["content-type"] == "text/html")
            let token = try #require(try bench.accessToken()["access_token"]?.string)
            #expect(try bench.phone("x", token: token)["errcode"]?.string == "40029")
            let calls = try bench.json("GET", "/stand-in/calls")
            #expect(calls["exchanges"]?.integer == 1 && calls["faultsPending"]?.integer == 0)
            let tally = try #require(calls["endpoints"]?["stable_token"])
            #expect(tally["calls"]?.integer == 3)
            #expect(tally["outcomes"]?.members?.map(\.name) == ["fault:errcode", "fault:html", "ok"])
            #expect(calls["endpoints"]?["getuserphonenumber"]?["calls"]?.integer == 1)
        }
    }

    @Test("a delay holds every answer of WeChat's API, on all connections at once, and none of the stand-in's own")
    func delay() async throws {
        try await withBench { bench in
            _ = bench.client.request("POST", "/stand-in/settings", body: #"{"delay":"300ms"}"#)
            let clients = try (0..<100).map { _ in try RawClient(port: bench.server.port) }
            let begin = NIODeadline.now()
            for client in clients { client.send("GET /sns/jscode2session HTTP/1.1\r\nhost: \(client.host)\r\n\r\n") }
            for client in clients { #expect(client.readResponse().status == 200) }
            let passed = NIODeadline.now() - begin
            // One after the other they would take 30 s.
            #expect(passed >= .milliseconds(300) && passed < .seconds(20))
            let set = bench.client.request("POST", "/stand-in/settings", body: #"{"delay":"0ms"}"#)
            #expect(set.text == #"{"delay":"0ms","accessTokenLifetime":"7200000ms"}"#)
        }
    }

    @Test(
        "settings and phone codes that are refused say why",
        arguments: [
            ("settings", #"{"delay":"11m"}"#, "\"delay\" must be a duration up to 10m"),
            ("settings", #"{"accessTokenLifetime":"121m"}"#, "\"accessTokenLifetime\" must be a duration up to 120m"),
            ("settings", #"{"accessTokenLifetime":"999ms"}"#, "\"accessTokenLifetime\" must be 1s or more"),
            ("settings", #"{"lifetime":"1s"}"#, "unknown member"),
            ("phone-codes", #"{"phoneNumber":"+86"}"#, "\"phoneNumber\" must be 1 to 20 digits"),
            ("phone-codes", #"{"appId":"wx9"}"#, "\"appId\" is not one of the stand-in's apps"),
        ]
    )
    func badOrders(_ path: String, _ body: String, _ message: String) async throws {
        try await withBench { bench in
            let response = bench.client.request("POST", "/stand-in/\(path)", body: body)
            #expect(response.status == 400)
            let error = try JSONReader().read(response.body)["error"]?.string
            #expect(error?.hasPrefix(message) == true)
        }
    }
}
