import APICalls
import JSON
import ScriptedServer
import Testing
import WeChat

let tokenText = "ACCESS_TOKEN-_geheim"
let accessToken = AccessToken(text: tokenText, expiresAt: 7_200_000)

extension OneAnswerWeChat {
    func phone(app: WeChatApp = app, code: String = "phone-code") async throws -> Result<OpenPhoneNumber, WeChatFailure>
    {
        let code = try PhoneCode(code)
        return await withCheckedContinuation { continuation in
            client.phoneNumber(app: app, code: code, accessToken: accessToken) { continuation.resume(returning: $0) }
        }
    }

    func stableToken(app: WeChatApp = app, force: Bool = false) async -> Result<AccessTokenGrant, WeChatFailure> {
        await withCheckedContinuation { continuation in
            client.stableToken(app: app, forceRefresh: force) { continuation.resume(returning: $0) }
        }
    }
}

extension Result where Failure == WeChatFailure {
    var reason: WeChatFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }

    var value: Success? { try? get() }
}

@Suite("getuserphonenumber", .timeLimit(.minutes(5)))
struct PhoneNumberTests {
    private static let number =
        #"{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":86,"watermark":{"timestamp":1637744274,"appid":"wx4f4bc4dec97d474b"}}"#

    @Test("the code goes in the body, the token in the query, percent-encoded")
    func request() async throws {
        let wechat = try OneAnswerWeChat(.answer(http(#"{"errcode":0,"errmsg":"ok","phone_info":\#(Self.number)}"#)))
        let code = try PhoneCode("a+/=b")
        let odd = AccessToken(text: "a&b=c", expiresAt: 0)
        _ = await withCheckedContinuation { continuation in
            wechat.client.phoneNumber(app: app, code: code, accessToken: odd) { continuation.resume(returning: $0) }
        }
        let request = try #require(wechat.server.requests.first)
        #expect(request.head.hasPrefix("POST /wxa/business/getuserphonenumber?access_token=a%26b%3Dc HTTP/1.1\r\n"))
        #expect(try JSONReader().read(Array(request.body.utf8))["code"]?.string == "a+/=b")
    }

    @Test("success, as WeChat's sample has it")
    func success() async throws {
        let wechat = try OneAnswerWeChat(.answer(http(#"{"errcode":0,"errmsg":"ok","phone_info":\#(Self.number)}"#)))
        let number = try #require(try await wechat.phone().value)
        #expect(number.phoneNumber == "13580006666" && number.countryCode == "86")
    }

    @Test(
        "what is no answer of this API, or another app's number",
        arguments: [
            "", "{}", "[]", #"{"errcode":0}"#, #"{"phone_info":{}}"#, #"{"phone_info":{"phoneNumber":"x"}}"#,
            #"{"phone_info":{"phoneNumber":"1","watermark":{"appid":"wx2"}}}"#,
            #"{"phone_info":{"phoneNumber":"1","watermark":{"appid":7}}}"#,
        ]
    )
    func unintelligible(_ body: String) async throws {
        let result = try await OneAnswerWeChat(.answer(http(body))).phone()
        #expect(result.reason == WeChatFailure(.unintelligible(status: 200)))
    }

    static let rows: [(Int64, WeChatFailure.Kind)] = [
        (40001, .accessTokenRefused), (40014, .accessTokenRefused), (41001, .accessTokenRefused),
        (42001, .accessTokenRefused), (40029, .codeInvalid(mock: false)), (40013, .codeInvalid(mock: false)),
        (40163, .codeUsed), (45011, .rateLimited), (45009, .quotaUsedUp), (48001, .misconfigured), (-1, .busy),
        (7, .busy),
    ]

    @Test("each errcode has its meaning", arguments: rows)
    func errcodes(_ errcode: Int64, _ kind: WeChatFailure.Kind) async throws {
        let body = #"{"errcode":\#(errcode),"errmsg":"some words rid: 5f9b-1"}"#
        let result = try await OneAnswerWeChat(.answer(http(body))).phone()
        #expect(result.reason == WeChatFailure(kind, errcode: errcode, rid: "5f9b-1"))
    }

    @Test("what cannot be a code is not sent", arguments: ["", "a b", "门", "a\"b", String(repeating: "a", count: 129)])
    func unfitCode(_ text: String) {
        #expect(throws: WeChatFailure(.codeInvalid(mock: false))) { try PhoneCode(text) }
    }
}

@Suite("stable_token", .timeLimit(.minutes(5)))
struct StableTokenTests {
    @Test("the request is WeChat's, with and without force", arguments: [false, true])
    func request(_ force: Bool) async throws {
        let wechat = try OneAnswerWeChat(.answer(http(#"{"access_token":"T","expires_in":7200}"#)))
        let grant = try #require(await wechat.stableToken(force: force).value)
        #expect(grant == AccessTokenGrant(text: "T", lifetime: 7200))
        let request = try #require(wechat.server.requests.first)
        #expect(request.head.hasPrefix("POST /cgi-bin/stable_token HTTP/1.1\r\n"))
        let body = try JSONReader().read(Array(request.body.utf8))
        #expect(body["grant_type"]?.string == "client_credential" && body["appid"]?.string == app.appID)
        #expect(body["secret"]?.string == secret && body["force_refresh"]?.bool == force)
    }

    @Test(
        "tokens of 1 to 512 characters, lives of 1 to 7200 seconds",
        arguments: [(1, "1"), (512, "7200"), (136, "\"300\"")]
    )
    func bounds(_ count: Int, _ expiresIn: String) async throws {
        let text = String(repeating: "x", count: count)
        let body = #"{"access_token":"\#(text)","expires_in":\#(expiresIn)}"#
        #expect(await (try OneAnswerWeChat(.answer(http(body)))).stableToken().value?.text == text)
    }

    @Test(
        "what is no answer of this API",
        arguments: [
            "", "{}", #"{"access_token":"T"}"#, #"{"expires_in":7200}"#, #"{"access_token":"","expires_in":7200}"#,
            #"{"access_token":"T","expires_in":0}"#, #"{"access_token":"T","expires_in":7201}"#,
            #"{"access_token":"T","expires_in":-1}"#, #"{"access_token":"T","expires_in":1.5}"#,
            #"{"access_token":"T T","expires_in":7200}"#, #"{"access_token":7,"expires_in":7200}"#,
            #"{"access_token":"\#(String(repeating: "x", count: 513))","expires_in":7200}"#,
        ]
    )
    func unintelligible(_ body: String) async throws {
        let result = await (try OneAnswerWeChat(.answer(http(body)))).stableToken()
        #expect(result.reason == WeChatFailure(.unintelligible(status: 200)))
    }

    static let rows: [(Int64, WeChatFailure.Kind)] = [
        (40001, .misconfigured), (40013, .misconfigured), (40125, .misconfigured), (40164, .misconfigured),
        (40243, .misconfigured), (41002, .misconfigured), (41004, .misconfigured), (89503, .misconfigured),
        (45009, .quotaUsedUp), (45011, .rateLimited), (-1, .busy), (42001, .busy),
    ]

    @Test("each errcode has its meaning", arguments: rows)
    func errcodes(_ errcode: Int64, _ kind: WeChatFailure.Kind) async throws {
        let result = await (try OneAnswerWeChat(.answer(http(#"{"errcode":"\#(errcode)"}"#)))).stableToken()
        #expect(result.reason == WeChatFailure(kind, errcode: errcode))
    }
}

@Suite("Calls of several apps", .timeLimit(.minutes(5)))
struct AppCallTests {
    @Test("an app's own base URL stands in place of the client's, for every call")
    func baseURL() async throws {
        let own = try ScriptedServer { _ in .answer(http(#"{"access_token":"T","expires_in":7200}"#)) }
        let wechat = try OneAnswerWeChat(.answer(http("{}")))
        let other = WeChatApp(appID: "wx2", secret: secret, baseURL: own.baseURL + "/test//")
        _ = try await wechat.login(app: other)
        _ = try await wechat.phone(app: other)
        #expect(await wechat.stableToken(app: other).value?.text == "T")
        #expect(wechat.server.requests.isEmpty)
        #expect(own.requests.count == 3 && own.requests.allSatisfy { $0.target.hasPrefix("/test/") })
        _ = await wechat.stableToken()
        #expect(wechat.server.requests.count == 1)
    }

    @Test("no secret, token or code in any description")
    func secrecy() async throws {
        let wechat = try OneAnswerWeChat(.answer(http(#"{"errcode":40001,"errmsg":"\#(tokenText)"}"#)))
        let grant = AccessTokenGrant(text: tokenText, lifetime: 1)
        let values: [Any] = [
            app, accessToken, grant, try PhoneCode("geheim"), try await wechat.phone(), await wechat.stableToken(),
            Result<AccessToken, WeChatFailure>.success(accessToken),
        ]
        for value in values {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), dumped] {
                #expect(!text.contains("geheim") && !text.contains(secret))
            }
        }
    }
}
