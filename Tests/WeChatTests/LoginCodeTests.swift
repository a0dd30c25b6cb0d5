import ScriptedServer
import Testing
import WeChat

@Suite("Login codes")
struct LoginCodeTests {
    @Test(
        "what WeChat could have given is taken",
        arguments: [
            "0", "0c3aFxll2rVQ6e4Cvwll2QWXnM0aFxlK", "A-_.~+/=z", String(repeating: "x", count: 128),
        ]
    )
    func taken(_ text: String) {
        #expect(throws: Never.self) { try LoginCode(text) }
    }

    @Test(
        "what it could not is refused without asking it",
        arguments: [
            "", " ", "a b", "a&secret=b", "a%20", "a\r\nb", "a\0", "代码", "\u{212A}", "the code is a mock one ",
            String(repeating: "x", count: 129),
        ]
    )
    func refused(_ text: String) {
        #expect(throws: WeChatFailure(.codeInvalid(mock: false))) { try LoginCode(text) }
    }

    @Test("the developer tools' placeholder is known as such")
    func mock() {
        #expect(throws: WeChatFailure(.codeInvalid(mock: true))) { try LoginCode("the code is a mock one") }
    }
}

@Suite("What WeChat's types never tell", .timeLimit(.minutes(5)))
struct WeChatSecrecyTests {
    private func texts(_ value: some Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return ["\(value)", String(reflecting: value), "\([value])", "\(Optional(value) as Any)", dumped]
    }

    @Test("secret, code and session_key are in no description")
    func values() throws {
        let session = WeChatSession(openid: "oGZ", unionid: nil, sessionKey: "the-session-key")
        for text in texts(app) + texts(session) + texts(try LoginCode(codeText)) {
            #expect(!text.contains(secret) && !text.contains(codeText) && !text.contains("the-session-key"), "\(text)")
        }
        #expect("\(app)".contains("wx4f4bc4dec97d474b"))
    }

    @Test(
        "nor in a failure's",
        arguments: [
            ScriptedServer.Step.hang, .answerThenReset(""),
            .answer(http(#"{"errcode":40029,"errmsg":"0c3aFx-the-code 0123456789abcdef-app-secret rid: 1"}"#)),
            .answer(http("0c3aFx-the-code 0123456789abcdef-app-secret")),
        ]
    )
    func failures(_ step: ScriptedServer.Step) async throws {
        let failure = try #require(
            try await OneAnswerWeChat(step, timeout: .milliseconds(300)).login().failure
        )
        for text in texts(failure) + ["\(failure as any Error)"] {
            #expect(!text.contains(secret) && !text.contains(codeText), "\(text)")
        }
    }
}
