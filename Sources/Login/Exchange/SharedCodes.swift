import Sessions

/// One exchange per code across all gateways of a store.
///
/// `code:<digest>` says who may ask: claimed for as long as a code can live, so that the death of who claimed it does
/// not spend a code twice. `login:<digest>` holds what came of it, for as long as a login is shared; after that the
/// first one alone is left, and says that the code is used.
struct SharedCodes: Sendable {
    enum Claim: Sendable {
        /// Nobody else asks.
        case mine
        /// What another gateway got.
        case theirs(ExchangeOutcome)
    }

    /// After so many claims that their owners gave up, somebody else may try.
    private static let mostClaims = 3

    let values: any SharedValues
    let store: any SessionStore
    /// In milliseconds.
    let wait: Int64
    /// Seconds since 1970.
    let clock: @Sendable () -> Int64

    func claim(
        _ appID: String,
        _ digest: CodeMemory.Digest,
        completion: @escaping @Sendable (Claim) -> Void
    ) {
        claim(appID, digest, left: Self.mostClaims, completion)
    }

    private func claim(
        _ appID: String,
        _ digest: CodeMemory.Digest,
        left: Int,
        _ completion: @escaping @Sendable (Claim) -> Void
    ) {
        guard left > 0 else { return completion(.theirs(.failure(.overloaded, codeWasSent: false))) }
        let pending = SharedOutcome.pending.bytes
        values.claim(Self.codeKey(digest), pending, seconds: CodeMemory.lifetime) { result in
            switch result {
            case .success(nil): completion(.mine)
            case .success(let present?): look(appID, digest, at: present, left: left, completion)
            case .failure(let error): completion(.theirs(.failure(LoginFailure(error), codeWasSent: false)))
            }
        }
    }

    private func look(
        _ appID: String,
        _ digest: CodeMemory.Digest,
        at present: [UInt8],
        left: Int,
        _ completion: @escaping @Sendable (Claim) -> Void
    ) {
        switch SharedOutcome(present) {
        case .pending:
            values.get(Self.codeKey(digest), otherThan: present, within: wait) { result in
                switch result {
                case .success(nil): claim(appID, digest, left: left - 1, completion)
                // Whoever has it died, or takes longer than an exchange may: it may be spent.
                case .success(present): completion(.theirs(.failure(.codeUsed, codeWasSent: true)))
                case .success(let other?): look(appID, digest, at: other, left: left, completion)
                case .failure(let error): completion(.theirs(.failure(LoginFailure(error), codeWasSent: false)))
                }
            }
        case .failure(let rememberedFailure):
            take(appID, digest, rememberedFailure, completion)
        case .login, nil:
            completion(.theirs(.failure(.codeUsed, codeWasSent: true)))
        }
    }

    /// What the exchange brought, as long as it is shared; then what it left.
    private func take(
        _ appID: String,
        _ digest: CodeMemory.Digest,
        _ rememberedFailure: LoginFailure,
        _ completion: @escaping @Sendable (Claim) -> Void
    ) {
        values.get(Self.loginKey(digest), otherThan: nil, within: 0) { result in
            switch result {
            case .success(let bytes):
                switch bytes.flatMap(SharedOutcome.init) {
                case .login(let token, let openid, let sessionID):
                    let key = UserKey(appID: appID, openid: openid)
                    store.sharedLogin(key, sessionID, token, now: clock()) {
                        completion(.theirs(ExchangeOutcome(result: $0, codeWasSent: true)))
                    }
                case .failure(let failure): completion(.theirs(.failure(failure, codeWasSent: true)))
                case .pending, nil: completion(.theirs(.failure(rememberedFailure, codeWasSent: true)))
                }
            case .failure(let error):
                completion(.theirs(.failure(LoginFailure(error), codeWasSent: false)))
            }
        }
    }

    /// Tells the others what came of a code that was claimed. Where the store does not take it they find the claim
    /// alone, and the code used.
    func settle(_ digest: CodeMemory.Digest, _ end: ExchangeOutcome) {
        guard let rememberedFailure = end.rememberedFailure else {
            return values.put(Self.codeKey(digest), nil, seconds: CodeMemory.lifetime) { _ in }
        }
        let outcome = SharedOutcome(end.result).bytes
        // In this order: who sees the second finds the first.
        values.put(Self.loginKey(digest), outcome, seconds: CodeMemory.sharing) { _ in
            values.put(
                Self.codeKey(digest),
                SharedOutcome.failure(rememberedFailure).bytes,
                seconds: CodeMemory.lifetime
            ) { _ in }
        }
    }

    private static func codeKey(_ digest: CodeMemory.Digest) -> String { "code:\(digest.text)" }
    private static func loginKey(_ digest: CodeMemory.Digest) -> String { "login:\(digest.text)" }
}

extension SessionStore {
    /// A login that somebody else with the same code has got: shared as long as its session is there, so never after a
    /// logout, and not with a user who is blocked.
    func sharedLogin(
        _ key: UserKey,
        _ sessionID: String,
        _ token: MintedToken,
        now: Int64,
        completion: @escaping @Sendable (Result<CompletedLogin, LoginFailure>) -> Void
    ) {
        user(SessionQuery(sessionID: sessionID, user: key, time: now)) { result in
            switch result {
            case .success(let user?) where user.isBlocked: completion(.failure(.userBlocked))
            case .success(let user?):
                completion(.success(CompletedLogin(key: key, sessionID: sessionID, user: user, token: token)))
            case .success(nil): completion(.failure(.codeUsed))
            case .failure(let error): completion(.failure(LoginFailure(error)))
            }
        }
    }
}
