import Cryptography
import Sessions

/// A user whose identity is proven, by WeChat or by an operator.
struct VerifiedUser: Sendable, Redacted {
    let key: UserKey
    let unionid: String?
    /// Nil: to be found out.
    var userID: String?
    /// WeChat's key of the user's open data; nil where the user logged in elsewhere.
    var sessionKey: String?
}

/// Opens sessions: finds the user's id, records the session, mints its token.
struct SessionOpener: Sendable {
    typealias Completion = @Sendable (Result<CompletedLogin, LoginFailure>) -> Void

    private let parts: LoginDependencies
    private let userIDs: UserIDs

    init(_ parts: LoginDependencies) throws(CryptographyError) {
        self.parts = parts
        userIDs = try UserIDs(secret: parts.userIDKey)
    }

    func open(_ user: VerifiedUser, completion: @escaping Completion) {
        identify(user) { identity in
            switch identity {
            case .success(let identity): record(user, identity, completion)
            case .failure(let failure): completion(.failure(failure))
            }
        }
    }

    /// A user id, and whether it comes from the authoritative source.
    private struct Identity {
        let userID: String
        let isAuthoritative: Bool
    }

    private func identify(
        _ user: VerifiedUser,
        _ completion: @escaping @Sendable (Result<Identity, LoginFailure>) -> Void
    ) {
        if let userID = user.userID {
            return completion(.success(Identity(userID: userID, isAuthoritative: true)))
        }
        guard let resolver = parts.resolver else {
            guard let userID = try? derivedID(user) else { return completion(.failure(.internalFault)) }
            return completion(.success(Identity(userID: userID, isAuthoritative: false)))
        }
        resolver.resolve(user.key, unionid: user.unionid) { result in
            completion(result.map { Identity(userID: $0, isAuthoritative: true) })
        }
    }

    private func derivedID(_ user: VerifiedUser) throws(CryptographyError) -> String {
        if parts.linksByUnionid, let unionid = user.unionid { return try userIDs.userID(unionid: unionid) }
        return try userIDs.userID(appID: user.key.appID, openid: user.key.openid)
    }

    private func record(_ user: VerifiedUser, _ identity: Identity, _ completion: @escaping Completion) {
        let now = parts.clock()
        guard let sessionID = try? SecureRandom.bytes(16) else { return completion(.failure(.internalFault)) }
        let login = UserLogin(
            user: user.key,
            userID: identity.userID,
            linksByUnionid: parts.linksByUnionid,
            isAuthoritative: identity.isAuthoritative,
            unionid: user.unionid,
            sessionKey: user.sessionKey,
            sessionID: String(decoding: Base64URL.encode(sessionID.span), as: UTF8.self),
            time: now,
            sessionExpiry: now + parts.sessionLifetime
        )
        parts.store.record(login) { completion(finish(login, $0)) }
    }

    private func finish(
        _ login: UserLogin,
        _ recorded: Result<StoredUser, SessionStoreError>
    ) -> Result<CompletedLogin, LoginFailure> {
        switch recorded {
        case .success(let user) where user.isBlocked:
            return .failure(.userBlocked)
        case .success(let user):
            let subject = TokenSubject(user, login.user, sessionID: login.sessionID)
            guard let token = try? parts.minter.mint(subject, now: login.time, until: login.sessionExpiry) else {
                return .failure(.internalFault)
            }
            return .success(CompletedLogin(key: login.user, sessionID: login.sessionID, user: user, token: token))
        case .failure(let error):
            return .failure(LoginFailure(error))
        }
    }
}

extension TokenSubject {
    /// A user within a session.
    init(_ user: StoredUser, _ key: UserKey, sessionID: String) {
        self.init(
            userID: user.userID,
            appID: key.appID,
            openid: key.hasOpenid ? key.openid : nil,
            unionid: user.unionid,
            sessionID: sessionID,
            facts: user.facts
        )
    }
}
