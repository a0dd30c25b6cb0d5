import JSON
import Sessions
import WeChat

/// What needs the app's access token.
extension LoginEndpoints {
    /// The number behind a phone code, with its country code.
    func phoneNumber(
        _ app: WeChatApp,
        _ code: PhoneCode,
        _ completion: @escaping @Sendable (PhoneOutcome) -> Void
    ) {
        phoneNumber(app, code, mayRefetch: true, completion)
    }

    /// If WeChat refuses the token, it is fetched again once; WeChat has not looked at the code then.
    private func phoneNumber(
        _ app: WeChatApp,
        _ code: PhoneCode,
        mayRefetch: Bool,
        _ completion: @escaping @Sendable (PhoneOutcome) -> Void
    ) {
        parts.accessTokens.token(for: app) { result in
            let token: AccessToken
            switch result {
            case .success(let given): token = given
            case .failure(let failure):
                return completion(PhoneOutcome(result: .failure(LoginFailure(failure.kind)), codeWasSent: false))
            }
            self.parts.wechat.phoneNumber(app: app, code: code, accessToken: token) { result in
                switch result {
                case .success(let info):
                    let number = PhoneNumber.validated(info.number)
                    let result: Result<String, LoginFailure> =
                        number.map { .success($0) } ?? .failure(.wechatUnavailable(status: 502))
                    completion(PhoneOutcome(result: result, codeWasSent: true))
                case .failure(let failure):
                    let isRefused = failure.kind == .accessTokenRefused
                    if isRefused { self.parts.accessTokens.refused(token, for: app) }
                    if isRefused, mayRefetch { return self.phoneNumber(app, code, mayRefetch: false, completion) }
                    let wasSent = failure.kind.mayHaveSpentCode
                    completion(PhoneOutcome(result: .failure(LoginFailure(failure.kind)), codeWasSent: wasSent))
                }
            }
        }
    }

    /// The app's access token, for the operators' own services.
    func accessToken(of app: WeChatApp, _ completion: @escaping Completion) {
        let clock = parts.clock
        parts.accessTokens.token(for: app) { result in
            switch result {
            case .success(let token):
                var json = JSONWriter(reserving: 1024)
                json.beginObject()
                json.member("accessToken", token.text)
                json.member("expiresIn", max(0, token.expiresAt / 1000 - clock()))
                json.endObject()
                completion(EndpointReply(.success(data: json.bytes), carriesToken: true))
            case .failure(let failure): completion(EndpointReply(.failure(LoginFailure(failure.kind))))
            }
        }
    }
}
