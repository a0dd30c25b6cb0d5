package import Cryptography
import Sessions
import WeChat

/// The contract's steps of authorisation: this far, everybody who is logged in is at the first.
let authStep = 1

/// The holder of a verified token who asks for their session.
package struct SessionHolder: Sendable {
    package let appID: String
    package let openid: String
    package let sessionID: String
    /// The token's, in seconds since 1970.
    package let tokenExpiry: Int64

    package init(appID: String, openid: String, sessionID: String, tokenExpiry: Int64) {
        self.appID = appID
        self.openid = openid
        self.sessionID = sessionID
        self.tokenExpiry = tokenExpiry
    }
}

/// The login and session endpoints of the contract, section 4: a request's body in, a reply out.
package final class LoginEndpoints: Sendable {
    /// The reply, and for the access log the user it is about.
    package typealias Completion = @Sendable (_ reply: EndpointReply, _ userID: String?) -> Void

    private let parts: LoginParts
    private let service: LoginService

    package init(_ parts: LoginParts) throws(CryptographyError) {
        self.parts = parts
        service = try LoginService(parts: parts)
    }

    /// `POST /auth/login` with `{"code", "appId"?}`. `completion` runs exactly once, on any thread.
    package func login(body: [UInt8], completion: @escaping Completion) {
        let app: WeChatApp
        let code: String
        do throws(LoginBody.Fault) {
            let body = try LoginBody(body)
            app = try self.app(body.appID)
            code = body.code
        } catch {
            return completion(.badRequest(error.message), nil)
        }
        do throws(WeChatFailure) {
            service.login(app, try LoginCode(code)) { result in
                switch result {
                case .success(let login): completion(.success(data: SessionData.of(login)), login.user.userID)
                case .failure(let failure): completion(.failure(failure), nil)
                }
            }
        } catch {
            completion(.failure(LoginFailure(error.kind)), nil)
        }
    }

    /// `GET /auth/session` of the holder of a verified token. A session that the store does not hold (it expired, or
    /// was begun in another store) is `LoginFailure.sessionUnknown`. `completion` runs exactly once, on any thread.
    package func session(of holder: SessionHolder, completion: @escaping Completion) {
        let now = parts.clock()
        let user = UserKey(appID: holder.appID, openid: holder.openid)
        parts.store.user(ofSession: holder.sessionID, of: user, at: now) { result in
            switch result {
            case .success(let user?):
                completion(.success(data: SessionData.of(user, tokenExpiry: holder.tokenExpiry, now: now)), user.userID)
            case .success(nil): completion(.failure(.sessionUnknown), nil)
            case .failure(.overloaded), .failure(.stopped): completion(.failure(.overloaded), nil)
            case .failure: completion(.failure(.storeUnavailable), nil)
            }
        }
    }

    private func app(_ appID: String?) throws(LoginBody.Fault) -> WeChatApp {
        if let appID {
            // Byte by byte: String's own equality takes some look-alikes for the same.
            guard let app = parts.apps.first(where: { $0.appID.utf8.elementsEqual(appID.utf8) }) else {
                throw LoginBody.Fault(message: #"no app with this "appId" is configured"#)
            }
            return app
        }
        guard let only = parts.apps.first, parts.apps.count == 1 else {
            throw LoginBody.Fault(message: #""appId" is missing; several apps are configured"#)
        }
        return only
    }
}
