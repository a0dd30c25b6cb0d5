import APICalls
import ScriptedServer
import Testing
import WeChat

@Suite("jscode2session", .timeLimit(.minutes(5)))
struct CodeToSessionTests {
    @Test("the request names app, secret, code and grant, each percent-encoded")
    func request() async throws {
        let wechat = try OneAnswerWeChat(.answer(http(#"{"openid":"o","session_key":"k"}"#)))
        _ = try await wechat.login(app: WeChatApp(appID: "wx&1", secret: "s e=c#"), code: "a+b/c=d")
        #expect(
            wechat.server.requests.map(\.target) == [
                "/sns/jscode2session?appid=wx%261&secret=s%20e%3Dc%23&js_code=a%2Bb%2Fc%3Dd"
                    + "&grant_type=authorization_code"
            ]
        )
    }

    @Test("a base URL may end with slashes and have a path")
    func baseURL() async throws {
        let server = try ScriptedServer { _ in .answer(http("{}")) }
        let client = WeChatClient(baseURL: server.baseURL + "/proxy//", api: try APIClient())
        let code = try LoginCode(codeText)
        _ = await withCheckedContinuation { continuation in
            client.codeToSession(app: app, code: code) { continuation.resume(returning: $0) }
        }
        #expect(server.requests.first?.target.hasPrefix("/proxy/sns/jscode2session?appid=") == true)
    }

    @Test(
        "success: openid and session_key, errcode absent or 0",
        arguments: [
            (#"{"openid":"oGZ","session_key":"tiih=="}"#, nil),
            (#"{"openid":"oGZ","session_key":"tiih==","unionid":"oc"}"#, "oc"),
            (#"{"openid":"oGZ","session_key":"tiih==","unionid":""}"#, nil),
            (#"{"openid":"oGZ","session_key":"tiih==","unionid":null}"#, nil),
            (#"{"openid":"oGZ","session_key":"tiih==","errcode":0,"errmsg":"ok"}"#, nil),
            (#"{"openid":"oGZ","session_key":"tiih==","errcode":"0"}"#, nil),
            (#"{"openid":"oGZ","session_key":"tiih==","errcode":null}"#, nil),
            ("{\"openid\":\"oGZ\",\"session_key\":\"tiih==\",\"more\":\"a\u{1}\tb\n\"}", nil),
            (" \r\n{\"openid\":\"oGZ\", \"session_key\":\"tiih==\", \"expires_in\": 1e9}\n", nil),
        ] as [(String, String?)]
    )
    func success(_ body: String, _ unionid: String?) async throws {
        let session = try #require(try await OneAnswerWeChat(.answer(http(body))).login().session)
        #expect(session.openid == "oGZ")
        #expect(session.sessionKey == "tiih==")
        #expect(session.unionid == unionid)
    }

    static let rows: [(Int64, WeChatFailure.Kind)] = [
        (-1, .busy), (40029, .codeInvalid(mock: false)), (42003, .codeInvalid(mock: false)),
        (41008, .codeInvalid(mock: false)), (40163, .codeUsed), (40226, .userBlocked), (50002, .userBlocked),
        (45011, .rateLimited), (45009, .quotaUsedUp), (40013, .misconfigured), (40125, .misconfigured),
        (40243, .misconfigured), (41002, .misconfigured), (41004, .misconfigured), (1, .busy), (99999, .busy),
        (40001, .busy), (-1000, .busy),
    ]

    @Test("each errcode has its meaning, as a number and as a string", arguments: rows)
    func errcodes(_ errcode: Int64, _ kind: WeChatFailure.Kind) async throws {
        for written in ["\(errcode)", "\"\(errcode)\""] {
            let body = #"{"errcode":\#(written),"errmsg":"some words, rid: 5f9b6c1e-0a1b2c3d-4e5f6071"}"#
            let result = try await OneAnswerWeChat(.answer(http(body))).login()
            #expect(result.failure == WeChatFailure(kind, errcode: errcode, rid: "5f9b6c1e-0a1b2c3d-4e5f6071"))
        }
    }

    @Test("a failure with an openid is a failure")
    func failureWithOpenid() async throws {
        let body = #"{"errcode":40163,"openid":"oGZ","session_key":"tiih=="}"#
        let result = try await OneAnswerWeChat(.answer(http(body))).login()
        #expect(result.failure == WeChatFailure(.codeUsed, errcode: 40163))
    }

    @Test(
        "the rid is found in errmsg, and only what a rid may hold",
        arguments: [
            (#""code been used, rid: 65a1-b2""#, "65a1-b2"), (#""rid:65a1""#, "65a1"), (#""rid: a, rid: b""#, "b"),
            (#""invalid code""#, nil), (#""rid: ""#, nil), (#""rid:""#, nil), (#""ri""#, nil), ("17", nil),
            ("null", nil),
            (#""a\u0001 rid: x y\r\nz""#, "x"), (#""rid: 门""#, nil),
        ] as [(String, String?)]
    )
    func rid(_ errmsg: String, _ rid: String?) async throws {
        let result = try await OneAnswerWeChat(.answer(http(#"{"errcode":40029,"errmsg":\#(errmsg)}"#))).login()
        #expect(result.failure == WeChatFailure(.codeInvalid(mock: false), errcode: 40029, rid: rid))
    }

    @Test("control characters in errmsg are tolerated")
    func controlCharacters() async throws {
        let body = "{\"errcode\":40029,\"errmsg\":\"bad\u{0}\n\u{1f}, rid: abc\"}"
        let result = try await OneAnswerWeChat(.answer(http(body))).login()
        #expect(result.failure == WeChatFailure(.codeInvalid(mock: false), errcode: 40029, rid: "abc"))
    }

    @Test(
        "what is no answer of this API",
        arguments: [
            "", "null", "[]", "17", "{}", "<html>busy</html>", #"{"openid":"oGZ","session_"#, #"{"openid":"oGZ"}"#,
            #"{"session_key":"tiih=="}"#, #"{"openid":"","session_key":"k"}"#, #"{"openid":"o","session_key":""}"#,
            #"{"openid":7,"session_key":"k"}"#, #"{"openid":"o","session_key":["k"]}"#, #"{"errcode":0}"#,
            #"{"errcode":"?","openid":"o","session_key":"k"}"#, #"{"errcode":[],"openid":"o","session_key":"k"}"#,
            #"{"errcode":1.5,"openid":"o","session_key":"k"}"#, #"{"openid":"o\r\nx: y","session_key":"k"}"#,
            #"{"openid":"o o","session_key":"k"}"#, #"{"openid":"门","session_key":"k"}"#,
            #"{"openid":"o","session_key":"k","unionid":"u\n"}"#, #"{"openid":"o","session_key":"k","unionid":7}"#,
            #"{"openid":"\#(String(repeating: "o", count: 129))","session_key":"k"}"#,
        ]
    )
    func unintelligible(_ body: String) async throws {
        let result = try await OneAnswerWeChat(.answer(http(body))).login()
        #expect(result.failure == WeChatFailure(.unintelligible(status: 200)))
    }

    @Test("only status 200 is believed", arguments: [201, 302, 403, 500, 502])
    func statuses(_ status: Int) async throws {
        let body = #"{"openid":"o","session_key":"k"}"#
        let result = try await OneAnswerWeChat(.answer(http(body, status: status))).login()
        #expect(result.failure == WeChatFailure(.unintelligible(status: status)))
    }

    @Test(
        "no answer, by its kind; the code is sent once",
        arguments: [
            (ScriptedServer.Step.hang, APICallError.timeout), (.answerThenReset("HTTP/1.1 200 OK\r\n"), .reset),
            (.answerThenClose(""), .reset), (.answer("HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n"), .tooLarge),
        ]
    )
    func noAnswer(_ step: ScriptedServer.Step, _ error: APICallError) async throws {
        let wechat = try OneAnswerWeChat(step, timeout: error == .timeout ? .milliseconds(400) : .seconds(30))
        #expect(try await wechat.login().failure == WeChatFailure(.noResponse(error)))
        #expect(wechat.server.requests.count <= 1)
    }
}
