package import Cryptography
import Sessions
import WeChat

/// The login and session endpoints of the contract, section 4: a request's body in, a reply out.
package final class LoginEndpoints: Sendable {
    package typealias Completion = @Sendable (EndpointReply) -> Void

    private let parts: LoginParts
    private let service: LoginService

    package init(_ parts: LoginParts) throws(CryptographyError) {
        self.parts = parts
        service = try LoginService(parts: parts)
    }

    /// Does what is asked. `completion` runs exactly once, on any thread.
    package func perform(_ request: EndpointRequest, completion: @escaping Completion) {
        switch (request.endpoint, request.holder) {
        case (.login, _): login(body: request.body, completion: completion)
        case (.session, let holder?): session(of: holder, completion: completion)
        default: completion(EndpointReply(.failure(.internalFault)))
        }
    }

    private func login(body: [UInt8], completion: @escaping Completion) {
        let app: WeChatApp
        let code: String
        do throws(LoginBody.Fault) {
            let body = try LoginBody(body)
            app = try self.app(body.appID)
            code = body.code
        } catch {
            return completion(EndpointReply(.badRequest(error.message)))
        }
        do throws(WeChatFailure) {
            service.login(app, try LoginCode(code)) { result in
                switch result {
                case .success(let login):
                    completion(
                        EndpointReply(
                            .success(data: SessionData.of(login)),
                            userID: login.user.userID,
                            carriesToken: true
                        )
                    )
                case .failure(let failure): completion(EndpointReply(.failure(failure)))
                }
            }
        } catch {
            completion(EndpointReply(.failure(LoginFailure(error.kind))))
        }
    }

    /// A session that the store does not hold (it expired, or was begun in another store) is
    /// `LoginFailure.sessionUnknown`.
    private func session(of holder: SessionHolder, completion: @escaping Completion) {
        let now = parts.clock()
        let query = SessionQuery(sessionID: holder.sessionID, user: holder.user, time: now)
        parts.store.user(query) { result in
            switch result {
            case .success(let user?):
                let data = SessionData.of(user, tokenExpiry: holder.tokenExpiry, now: now)
                completion(EndpointReply(.success(data: data), userID: user.userID))
            case .success(nil): completion(EndpointReply(.failure(.sessionUnknown)))
            case .failure(.overloaded), .failure(.stopped): completion(EndpointReply(.failure(.overloaded)))
            case .failure: completion(EndpointReply(.failure(.storeUnavailable)))
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
