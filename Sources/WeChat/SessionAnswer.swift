import APICalls
import JSON

/// Reads the answer of `jscode2session`. What goes into headers and tokens is checked strictly.
enum SessionAnswer {
    static func read(_ response: APIResponse) -> Result<WeChatSession, WeChatFailure> {
        OpenAPIAnswer.read(response, of: .codeToSession).flatMap { answer in
            guard let openid = answer.node["openid"]?.string, OpenAPIAnswer.isIdentifier(openid),
                let sessionKey = answer.node["session_key"]?.string, OpenAPIAnswer.isIdentifier(sessionKey),
                let unionid = unionid(answer.node)
            else { return .failure(WeChatFailure(.unintelligible(status: response.status))) }
            return .success(
                WeChatSession(openid: openid, unionid: unionid.isEmpty ? nil : unionid, sessionKey: sessionKey)
            )
        }
    }

    /// Empty where it is absent; nil where it is not fit.
    private static func unionid(_ answer: JSONNode) -> String? {
        guard let node = answer["unionid"], !node.isNull else { return "" }
        guard let text = node.string else { return nil }
        return text.isEmpty || OpenAPIAnswer.isIdentifier(text) ? text : nil
    }
}
