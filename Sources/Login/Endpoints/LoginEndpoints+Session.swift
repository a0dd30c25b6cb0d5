import Sessions

extension SessionHolder {
    func query(at time: Int64) -> SessionQuery {
        SessionQuery(sessionID: sessionID, user: user, time: time)
    }
}

extension LoginEndpoints {
    /// The maximum difference between the clocks of gateways that share a store, in seconds.
    private static let clockSkew: Int64 = 60

    /// A day at least, in seconds: tokens issued before the configured lifetime was lowered live on.
    private static let shortestMemory: Int64 = 24 * 3600

    /// The time from which no token issued until now is valid, in seconds since 1970. Covers the configured lifetime
    /// and earlier configured lifetimes of up to a day.
    func tokensEnd(_ now: Int64) -> Int64 { now + max(parts.tokenLifetime, Self.shortestMemory) + Self.clockSkew }

    /// Runs `then` when every worker has applied the changes, and all that the store published before. Changes that a
    /// later one has overtaken are omitted; the later one follows.
    func publish(_ changes: [SessionChange], then: @escaping @Sendable () -> Void) {
        parts.publish(changes, then)
    }

    /// A session that the store does not have (expired, or from another store) is `LoginFailure.sessionUnknown`.
    func session(of holder: SessionHolder, _ completion: @escaping Completion) {
        let now = parts.clock()
        parts.store.user(holder.query(at: now)) { result in
            switch result {
            case .success(let user?):
                let data = SessionData.of(user, tokenExpiry: holder.tokenExpiry, now: now)
                completion(EndpointReply(.success(data: data), userID: user.userID))
            case .success(nil): completion(EndpointReply(.failure(.sessionUnknown), userID: holder.userID))
            case .failure(let error): completion(EndpointReply(.failure(LoginFailure(error)), userID: holder.userID))
            }
        }
    }

    func logOut(_ holder: SessionHolder, _ completion: @escaping Completion) {
        counters.note { $0.logouts += 1 }
        end(.session(holder.sessionID, byUser: true), holder, completion)
    }

    /// Uses the current user id, which may differ from the token's.
    func erase(_ holder: SessionHolder, _ completion: @escaping Completion) {
        parts.store.user(holder.query(at: parts.clock())) { result in
            switch result {
            case .success(let user?):
                self.counters.note { $0.erasures += 1 }
                self.end(.erase(userID: user.userID), holder, completion)
            case .success(nil): completion(EndpointReply(.failure(.sessionUnknown), userID: holder.userID))
            case .failure(let error): completion(EndpointReply(.failure(LoginFailure(error)), userID: holder.userID))
            }
        }
    }

    private func end(_ scope: SessionEnding.Scope, _ holder: SessionHolder, _ completion: @escaping Completion) {
        let now = parts.clock()
        let ending = SessionEnding(scope, time: now, tokensEnd: max(tokensEnd(now), holder.tokenExpiry))
        parts.store.end(ending) { result in
            switch result {
            case .success(let ended):
                self.publish(ended.changes) {
                    completion(EndpointReply(.success(data: SessionData.empty), userID: holder.userID))
                }
            case .failure(let error):
                completion(EndpointReply(.failure(LoginFailure(error)), userID: holder.userID))
            }
        }
    }

    /// Records an update of a user, and replies with a token that includes it.
    func record(
        _ holder: SessionHolder,
        profile: UserProfile = UserProfile(),
        phone: UserUpdate.Phone = .keep,
        unionid: String? = nil,
        _ completion: @escaping Completion
    ) {
        let now = parts.clock()
        let update = UserUpdate(
            profile: profile,
            phone: phone,
            unionid: unionid,
            tokensEnd: max(tokensEnd(now), holder.tokenExpiry)
        )
        parts.store.update(update, of: holder.query(at: now)) { result in
            switch result {
            case .success(let updated?):
                self.counters.note { $0.updates += 1 }
                self.publish(updated.changes) {
                    completion(self.reply(updated.value, holder, now: now))
                }
            case .success(nil): completion(EndpointReply(.failure(.sessionUnknown), userID: holder.userID))
            case .failure(let error): completion(EndpointReply(.failure(LoginFailure(error)), userID: holder.userID))
            }
        }
    }

    private func reply(_ user: StoredUser, _ holder: SessionHolder, now: Int64) -> EndpointReply {
        let subject = TokenSubject(user, holder.user, sessionID: holder.sessionID)
        guard let token = try? parts.minter.mint(subject, now: now, until: user.sessionExpiry) else {
            return EndpointReply(.failure(.internalFault), userID: holder.userID)
        }
        return EndpointReply(.success(data: SessionData.of(user, token)), userID: user.userID, carriesToken: true)
    }

    /// What `forwardPhone` routes send along: the phone number with its country code, nil where none is known.
    /// `completion` runs exactly once, on any thread.
    package func phone(
        of holder: SessionHolder,
        completion: @escaping @Sendable (Result<String?, LoginFailure>) -> Void
    ) {
        counters.note { $0.phoneLookups += 1 }
        parts.store.user(holder.query(at: parts.clock())) { result in
            switch result {
            case .success(let user?): completion(.success(user.phone))
            case .success(nil): completion(.failure(.sessionUnknown))
            case .failure(let error): completion(.failure(LoginFailure(error)))
            }
        }
    }
}
