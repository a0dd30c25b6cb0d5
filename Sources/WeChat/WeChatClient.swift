package import APICalls
import JSON

/// WeChat's server API, as far as logging in needs it. Each call is sent at most once; `completion` runs exactly once, by
/// the rules of `APIClient.send`.
package final class WeChatClient: Sendable {
    private let baseURL: String
    private let api: APIClient

    /// - Parameter baseURL: for apps without their own: scheme and authority, at most a path;
    ///   `https://api.weixin.qq.com` outside of tests.
    package init(baseURL: String, api: APIClient) {
        self.baseURL = WeChatApp.withoutSlashes(baseURL)
        self.api = api
    }

    /// Exchanges a login code for the user's identity: `GET /sns/jscode2session`, "code2Session" in WeChat's server
    /// API.
    ///
    /// No access token is needed. The code may be spent even if the call fails, so it is never sent again.
    package func codeToSession(
        app: WeChatApp,
        code: LoginCode,
        completion: @escaping @Sendable (Result<WeChatSession, WeChatFailure>) -> Void
    ) {
        let query = [
            ("appid", app.appID), ("secret", app.secret), ("js_code", code.text), ("grant_type", "authorization_code"),
        ]
        send(APIRequest(url: url(of: app, "/sns/jscode2session", query)), SessionResponse.read, completion)
    }

    /// Exchanges a phone code for the user's phone number: `POST /wxa/business/getuserphonenumber`, "getPhoneNumber" in
    /// WeChat's server API.
    ///
    /// The code may be spent even if the call fails, except for `accessTokenRefused`: WeChat has not looked at the code
    /// then.
    package func phoneNumber(
        app: WeChatApp,
        code: PhoneCode,
        accessToken: AccessToken,
        completion: @escaping @Sendable (Result<OpenPhoneNumber, WeChatFailure>) -> Void
    ) {
        var body = JSONWriter()
        body.beginObject()
        body.member("code", code.text)
        body.endObject()
        let url = url(of: app, "/wxa/business/getuserphonenumber", [("access_token", accessToken.text)])
        let appID = app.appID
        send(APIRequest(url: url, jsonBody: body.bytes), { OpenPhoneNumber.read($0, appID: appID) }, completion)
    }

    /// Fetches the app's access token: `POST /cgi-bin/stable_token`, "getStableAccessToken" in WeChat's server API.
    ///
    /// `AccessTokens` of Login caches the token. Do not call this in parallel: a forced fetch invalidates the other
    /// token.
    ///
    /// - Parameter forceRefresh: invalidates the current token and makes a new one, at most 20 times a day. Within 30 s
    ///   of the last time, WeChat returns the same token.
    package func stableToken(
        app: WeChatApp,
        forceRefresh: Bool,
        completion: @escaping @Sendable (Result<AccessTokenGrant, WeChatFailure>) -> Void
    ) {
        var body = JSONWriter()
        body.beginObject()
        body.member("grant_type", "client_credential")
        body.member("appid", app.appID)
        body.member("secret", app.secret)
        body.member("force_refresh", forceRefresh)
        body.endObject()
        let url = url(of: app, "/cgi-bin/stable_token", [])
        send(APIRequest(url: url, jsonBody: body.bytes), AccessTokenGrant.read, completion)
    }

    private func url(of app: WeChatApp, _ path: String, _ query: [(name: String, value: String)]) -> String {
        let encoded = query.map { "\($0.name)=\(PercentEncoding.queryValue($0.value))" }.joined(separator: "&")
        return (app.baseURL ?? baseURL) + path + (encoded.isEmpty ? "" : "?" + encoded)
    }

    private func send<Value>(
        _ request: APIRequest,
        _ read: @escaping @Sendable (APIResponse) -> Result<Value, WeChatFailure>,
        _ completion: @escaping @Sendable (Result<Value, WeChatFailure>) -> Void
    ) {
        api.send(request) { result in
            switch result {
            case .success(let response): completion(read(response))
            case .failure(let error): completion(.failure(WeChatFailure(.noResponse(error))))
            }
        }
    }
}
