import APICalls
import JSON

/// Reads the response of `jscode2session`. Values for headers and tokens are checked strictly.
enum SessionResponse {
    static func read(_ response: APIResponse) -> Result<WeChatSession, WeChatFailure> {
        OpenAPIResponse.read(response, of: .codeToSession).flatMap { body in
            guard let openid = body.node["openid"]?.string, OpenAPIResponse.isIdentifier(openid),
                let sessionKey = body.node["session_key"]?.string, OpenAPIResponse.isIdentifier(sessionKey),
                let unionid = unionid(body.node)
            else { return .failure(WeChatFailure(.unintelligible(status: response.status))) }
            return .success(
                WeChatSession(openid: openid, unionid: unionid.isEmpty ? nil : unionid, sessionKey: sessionKey)
            )
        }
    }

    /// Empty where it is absent; nil where it is not fit.
    private static func unionid(_ response: JSONNode) -> String? {
        guard let node = response["unionid"], !node.isNull else { return "" }
        guard let text = node.string else { return nil }
        return text.isEmpty || OpenAPIResponse.isIdentifier(text) ? text : nil
    }
}
