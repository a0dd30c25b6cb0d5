import Cryptography
package import Sessions
import WeChat

/// The result of an in-place login. Nothing prints the token.
package struct InPlaceLogin: Sendable, Redacted {
    /// The new token. Never logged.
    package let token: String
    /// Seconds.
    package let expiresIn: Int64
    /// For the access log.
    package let userID: String

    /// The user's id.
    package var visibleMembers: KeyValuePairs<String, Any> { ["userID": userID] }
}

/// Why an in-place login failed.
package enum InPlaceFailure: Error, Equatable, Sendable {
    case login(LoginFailure)
    /// 24400 BAD_REQUEST: the app is ambiguous or not configured; a hint for the client's developer. Quotes nothing of
    /// the request.
    case badRequest(String)
}

/// The calls of the data path.
extension LoginEndpoints {
    /// Logs in with the code of a request that is forwarded afterwards. The rules are those of `POST /auth/login`: ten
    /// requests with one code get one token. `completion` runs exactly once, on any thread.
    ///
    /// - Parameter appID: the value of `x-wx-appid`.
    package func loginInPlace(
        code: String,
        appID: String?,
        clientAddress: [UInt8],
        completion: @escaping @Sendable (Result<InPlaceLogin, InPlaceFailure>) -> Void
    ) {
        let app: WeChatApp
        do throws(EndpointBody.Fault) {
            app = try self.app(nil, header: appID)
        } catch {
            let message = appID == nil ? "the header x-wx-appid is missing; several apps are configured" : error.message
            return completion(.failure(.badRequest(message)))
        }
        login(app, code, from: clientAddress) { result in
            completion(
                result
                    .map { InPlaceLogin(token: $0.token.token, expiresIn: $0.token.expiresIn, userID: $0.user.userID) }
                    .mapError { .login($0) }
            )
        }
    }

    /// Returns the session's successor token, the same one for all requests of all gateways within one window. Nil if
    /// the session has ended, the store fails, or renewal is off: the request continues without a new token.
    /// `completion` runs exactly once, on any thread.
    package func renew(_ holder: SessionHolder, completion: @escaping @Sendable (RenewedToken?) -> Void) {
        renewer.renew(holder, completion: completion)
    }

    /// What logging in has come to.
    package func loginCounts() -> LoginCounts { counters.all }
}
