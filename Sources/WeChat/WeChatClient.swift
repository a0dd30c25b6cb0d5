package import APICalls

/// WeChat's server API, as far as logging in needs it.
package final class WeChatClient: Sendable {
    private let baseURL: String
    private let api: APIClient

    /// - Parameter baseURL: scheme and authority, a path at most; `https://api.weixin.qq.com` but for tests.
    package init(baseURL: String, api: APIClient) {
        var baseURL = baseURL
        while baseURL.hasSuffix("/") { baseURL.removeLast() }
        self.baseURL = baseURL
        self.api = api
    }

    /// Trades a login code for the user's identity: `GET /sns/jscode2session`, "code2Session" in WeChat's server API.
    ///
    /// No access token is needed. The code may be spent even where the answer is a failure, so it is never sent again.
    /// `completion` runs exactly once, by the rules of `APIClient.send`.
    package func codeToSession(
        app: WeChatApp,
        code: LoginCode,
        completion: @escaping @Sendable (Result<WeChatSession, WeChatFailure>) -> Void
    ) {
        let query = [
            ("appid", app.appID), ("secret", app.secret), ("js_code", code.text), ("grant_type", "authorization_code"),
        ]
        let encoded = query.map { "\($0)=\(PercentEncoding.queryValue($1))" }.joined(separator: "&")
        api.send(APIRequest(url: "\(baseURL)/sns/jscode2session?\(encoded)")) { result in
            switch result {
            case .success(let response): completion(SessionAnswer.read(response))
            case .failure(let error): completion(.failure(WeChatFailure(.noAnswer(error))))
            }
        }
    }
}
