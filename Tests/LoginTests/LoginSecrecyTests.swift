import Foundation
import Login
import ScriptedServer
import Testing

@Suite("What logging in never tells", .timeLimit(.minutes(5)))
struct LoginSecrecyTests {
    private let secrets = ["the-login-code", secret, sessionKey, token, "oGZ"]

    private func expectNone(in value: some Any) {
        var dumped = ""
        dump(value, to: &dumped)
        for text in ["\(value)", String(reflecting: value), "\([value])", dumped] {
            for secret in secrets { #expect(!text.contains(secret), "\(secret) in \(text)") }
        }
    }

    @Test(
        "no event and no failure holds code, secret, session_key, token or openid",
        arguments: [
            ScriptedServer.Step.answer(success), .answer(errcode(40029)), .answer(errcode(40125)), .hang,
            .answerThenReset(""),
            .answer(http(#"{"errcode":40029,"errmsg":"the-login-code \#(secret)","openid":"oGZ"}"#)),
            .answer(http("the-login-code \(secret)")),
        ]
    )
    func events(_ step: ScriptedServer.Step) async throws {
        let house = try LoginHouse(timeout: .milliseconds(500)) { _ in step }
        let answer = await house.login(#"{"code":"the-login-code"}"#)
        if let failure = answer.failure { expectNone(in: failure) }
        expectNone(in: try #require(house.events.first))
    }

    @Test("a minted token is in no description")
    func mintedToken() {
        expectNone(in: MintedToken(token: token, expiresIn: 1, expiresAt: 2))
    }

    @Test("the answer has no session_key and no openid, the files neither session_key nor token nor code")
    func answerAndFiles() async throws {
        let house = try LoginHouse(onDisk: true) { _ in .answer(success) }
        let text = try #require(await house.login(#"{"code":"the-login-code"}"#).text)
        #expect(!text.contains(sessionKey) && !text.contains("oGZ"))
        #expect(house.files.count == 2)
        for file in house.files {
            for secret in [sessionKey, token, "the-login-code", secret] {
                #expect(file.range(of: Data(secret.utf8)) == nil)
            }
        }
    }

    @Test("no failure of an endpoint with a token holds what it was sent, and no holder or request prints it")
    func endpoints() async throws {
        let sealed = try phoneData("the-login-code")
        let house = try LoginHouse { request in
            .answer(
                request.target.hasPrefix("/sns/")
                    ? success
                    : http(#"{"errcode":-1,"errmsg":"the-login-code \#(secret)","access_token":"the-login-code"}"#)
            )
        }
        let holder = try await house.holder()
        let calls: [(Endpoint, String)] = [
            (.updatePhone, #"{"code":"the-login-code"}"#), (.updatePhone, sealed), (.updateUser, sealed),
            (.updateUser, #"{"nickname":"the-login-code\u0000"}"#), (.updateUser, #"{"gender":"the-login-code"}"#),
            (.updateUser, #"{"the-login-code""#),
            (.updateUser, #"{"rawData":"the-login-code","signature":"\#(sessionKey)"}"#),
        ]
        for (endpoint, body) in calls {
            let reply = await house.call(endpoint, holder, body).reply
            switch reply.outcome {
            case .success: Issue.record("\(endpoint) succeeded")
            case .failure, .badRequest: expectNone(in: reply)
            }
            expectNone(
                in: EndpointRequest(
                    endpoint: endpoint,
                    body: Array(body.utf8),
                    appID: nil,
                    clientAddress: [],
                    holder: nil
                )
            )
        }
        expectNone(in: house.endpoints.loginCounts())
    }

    @Test("counters name no user, and the phone number stands in no answer but masked")
    func phoneNumber() async throws {
        let phone = "13912345678"
        let house = try LoginHouse { _ in .answer(success) }
        let holder = try await house.holder()
        let update = await house.call(.updatePhone, holder, try phoneData(phone))
        let session = await house.call(.session, holder)
        let counters = await house.admin(.counters)
        for answer in [update, session, counters] {
            let text = try #require(answer.text)
            #expect(!text.contains(phone) && !text.contains("1234"))
        }
        #expect(session.text?.contains("139****5678") == true)
        #expect(counters.text?.contains(holder.userID) == false && counters.text?.contains("oGZ") == false)
    }
}
