import JSON
import Sessions
import WeChat

/// What operators ask for.
extension LoginEndpoints {
    /// Performs a call of the admin port. `completion` runs exactly once, on any thread.
    ///
    /// Calls that end sessions or block users complete once every worker has applied the change. An unconfigured app is
    /// a bad request.
    package func admin(_ request: AdminRequest, completion: @escaping Completion) {
        do throws(EndpointBody.Fault) {
            switch request.call {
            case .endSession(let sessionID):
                try end(.session(Self.name(sessionID, "session id"), byUser: false), completion)
            case .endSessions(let userID): try end(.user(userID: Self.name(userID, "user id")), completion)
            case .block(let userID): try setBlocked(true, Self.name(userID, "user id"), completion)
            case .unblock(let userID): try setBlocked(false, Self.name(userID, "user id"), completion)
            case .mintToken: try mintToken(MintBody(request.body), completion)
            case .accessToken(let appID): accessToken(of: try adminApp(appID), completion)
            case .resetFuse(let appID):
                gates[try adminApp(appID).appID]?.resetFuse()
                completion(EndpointReply(.success(data: SessionData.empty)))
            case .counters: replyWithCounters(completion)
            }
        } catch {
            completion(EndpointReply(.badRequest(error.message)))
        }
    }

    private static func name(_ text: String, _ what: String) throws(EndpointBody.Fault) -> String {
        guard UserName.isValid(text) else { throw EndpointBody.Fault(message: "a \(what) is \(UserName.rule)") }
        return text
    }

    private func adminApp(_ appID: String?) throws(EndpointBody.Fault) -> WeChatApp {
        try app(appID, header: nil)
    }

    private func end(_ scope: SessionEnding.Scope, _ completion: @escaping Completion) {
        let now = parts.clock()
        parts.store.end(SessionEnding(scope, time: now, tokensEnd: tokensEnd(now))) { result in
            switch result {
            case .success(let ended):
                self.publish(ended.changes) {
                    var json = JSONWriter()
                    json.beginObject()
                    json.member("ended", ended.value)
                    json.endObject()
                    completion(EndpointReply(.success(data: json.bytes)))
                }
            case .failure(let error): completion(EndpointReply(.failure(LoginFailure(error))))
            }
        }
    }

    private func setBlocked(_ isBlocked: Bool, _ userID: String, _ completion: @escaping Completion) {
        parts.store.setBlocked(isBlocked, userID: userID) { result in
            switch result {
            case .success(let updated):
                self.publish(updated.changes) { completion(EndpointReply(.success(data: SessionData.empty))) }
            case .failure(let error): completion(EndpointReply(.failure(LoginFailure(error))))
            }
        }
    }

    /// Mints a token for a user of another login. An unknown user is recorded; a given user id replaces the recorded
    /// one.
    private func mintToken(_ body: MintBody, _ completion: @escaping Completion) throws(EndpointBody.Fault) {
        let app = try adminApp(body.appID)
        let key: UserKey
        if let openid = body.openid {
            key = UserKey(appID: app.appID, openid: openid)
        } else if let userID = body.userID {
            key = UserKey(appID: app.appID, foreignUserID: userID)
        } else {
            return completion(EndpointReply(.failure(.internalFault)))
        }
        opener.open(VerifiedUser(key: key, unionid: body.unionid, userID: body.userID)) { result in
            switch result {
            case .success(let login): completion(.with(login))
            case .failure(let failure): completion(EndpointReply(.failure(failure)))
            }
        }
    }

    private func replyWithCounters(_ completion: @escaping Completion) {
        let counts = counters.all
        let gates = gates.mapValues(\.status)
        let traffic = parts.traffic
        parts.verdicts { verdicts in
            traffic { traffic in
                let data = CounterData.of(counts, gates: gates, verdicts: verdicts, traffic: traffic)
                completion(EndpointReply(.success(data: data)))
            }
        }
    }
}
