import Cryptography
package import Sessions
import WeChat

/// A login in place: what the gateway needs to go on with the request. Nothing prints the token.
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

/// Why there is no login in place.
package enum InPlaceFailure: Error, Equatable, Sendable {
    case login(LoginFailure)
    /// 24400 BAD_REQUEST: which app is meant is not clear, or it is not configured; what the client's developer should
    /// change. It quotes nothing of the request.
    case badRequest(String)
}

/// What the data path asks for.
extension LoginEndpoints {
    /// Logs in with the code of a request that goes on afterwards; everything is as for `POST /auth/login`, so who sends
    /// one code ten times gets one token. `completion` runs exactly once, on any thread.
    ///
    /// - Parameter appID: what `x-wx-appid` says.
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

    /// The session's newer token, the same one to all who ask within one window, of every gateway. Nil where the session
    /// is gone, the store fails, or renewal is off: the request goes on without one. `completion` runs exactly once, on
    /// any thread.
    package func renew(_ holder: SessionHolder, completion: @escaping @Sendable (RenewedToken?) -> Void) {
        renewer.renew(holder, completion: completion)
    }

    /// What logging in has come to.
    package func loginCounts() -> LoginCounts { counters.all }
}
