import Foundation
import Login
import ScriptedServer
import Testing

@Suite("What logging in never tells", .timeLimit(.minutes(1)))
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
}
