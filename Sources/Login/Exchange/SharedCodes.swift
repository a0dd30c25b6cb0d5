import Sessions

/// One exchange per code across all gateways of a store.
///
/// `code:<digest>` is the claim on the code: it lasts for the lifetime of a code, so that a code is not spent twice if
/// the claiming gateway dies. `login:<digest>` holds the result while it is shared. Afterwards only the claim is left,
/// which means that the code was used.
struct SharedCodes: Sendable {
    enum Claim: Sendable {
        /// This gateway holds the claim.
        case mine
        /// What another gateway got.
        case theirs(ExchangeOutcome)
    }

    /// After this many claims that their owners gave up, another gateway may try.
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
                // The gateway with the claim died or takes too long: the code may be spent.
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

    /// The result of the exchange while it is shared; afterwards, its remaining failure.
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

    /// Publishes the result for a claimed code. If the store does not accept it, other gateways find only the claim,
    /// and treat the code as used.
    func settle(_ digest: CodeMemory.Digest, _ end: ExchangeOutcome) {
        guard let rememberedFailure = end.rememberedFailure else {
            return values.put(Self.codeKey(digest), nil, seconds: CodeMemory.lifetime) { _ in }
        }
        let outcome = SharedOutcome(end.result).bytes
        // The order matters: a reader that sees the second value finds the first.
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
    /// A login of another request with the same code: shared while its session exists and the user is not blocked, so
    /// never after a logout.
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
