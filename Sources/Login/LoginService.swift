import APICalls
import Cryptography
import Sessions
import Synchronization
import WeChat

/// A login that is done and on disk.
struct CompletedLogin: Sendable {
    let user: StoredUser
    let token: MintedToken
}

/// Logs users in: asks WeChat, records the session, mints the token. A code works once, so all who come with the same
/// code while its exchange runs get the one answer.
final class LoginService: Sendable {
    typealias Completion = @Sendable (Result<CompletedLogin, LoginFailure>) -> Void

    /// Requests with one code; the clients' own queue holds as many.
    private static let mostRequestsPerCode = 100

    private struct Exchange: Hashable {
        let appID: String
        let code: LoginCode
    }

    private let parts: LoginParts
    private let userIDs: UserIDs
    private let running = Mutex<[Exchange: [Completion]]>([:])

    init(parts: LoginParts) throws(CryptographyError) {
        self.parts = parts
        userIDs = try UserIDs(secret: parts.userIDKey)
    }

    /// Logs in, or joins the login with the same code. `completion` runs once, on any thread.
    func login(_ app: WeChatApp, _ code: LoginCode, completion: @escaping Completion) {
        let exchange = Exchange(appID: app.appID, code: code)
        let position = running.withLock { running -> Int in
            let position = running[exchange]?.count ?? 0
            if position < Self.mostRequestsPerCode { running[exchange, default: []].append(completion) }
            return position
        }
        guard position < Self.mostRequestsPerCode else { return completion(.failure(.overloaded)) }
        guard position == 0 else { return }
        let start = ContinuousClock.now
        parts.wechat.codeToSession(app: app, code: code) { result in
            switch result {
            case .success(let session):
                self.record(session, of: app) { self.finish(exchange, $0, nil, start) }
            case .failure(let failure):
                self.finish(exchange, .failure(LoginFailure(failure.kind)), failure, start)
            }
        }
    }

    private func record(_ session: WeChatSession, of app: WeChatApp, completion: @escaping Completion) {
        guard let login = try? userLogin(session, of: app) else { return completion(.failure(.internalFault)) }
        parts.store.record(login) { completion(self.mint(login, $0)) }
    }

    private func userLogin(_ session: WeChatSession, of app: WeChatApp) throws(CryptographyError) -> UserLogin {
        let now = parts.clock()
        let sessionID = try SecureRandom.bytes(16)
        return UserLogin(
            user: UserKey(appID: app.appID, openid: session.openid),
            userID: try userIDs.userID(appID: app.appID, openid: session.openid),
            unionid: session.unionid,
            sessionKey: session.sessionKey,
            sessionID: String(decoding: Base64URL.encode(sessionID.span), as: UTF8.self),
            time: now,
            sessionExpiry: now + parts.sessionLifetime
        )
    }

    private func mint(
        _ login: UserLogin,
        _ recorded: Result<StoredUser, SessionStoreError>
    ) -> Result<CompletedLogin, LoginFailure> {
        switch recorded {
        case .success(let user):
            let subject = TokenSubject(
                userID: user.userID,
                appID: login.user.appID,
                openid: login.user.openid,
                unionid: user.unionid,
                sessionID: login.sessionID,
                step: authStep
            )
            guard let token = try? parts.minter.mint(subject, now: login.time) else { return .failure(.internalFault) }
            return .success(CompletedLogin(user: user, token: token))
        case .failure(.overloaded), .failure(.stopped):
            return .failure(.overloaded)
        case .failure:
            return .failure(.storeUnavailable)
        }
    }

    private func finish(
        _ exchange: Exchange,
        _ result: Result<CompletedLogin, LoginFailure>,
        _ failure: WeChatFailure?,
        _ start: ContinuousClock.Instant
    ) {
        let requests = running.withLock { $0.removeValue(forKey: exchange) ?? [] }
        var event = LoginEvent(
            appID: exchange.appID,
            failure: nil,
            wechat: failure,
            userID: nil,
            requests: requests.count,
            duration: .now - start
        )
        switch result {
        case .success(let login): event.userID = login.user.userID
        case .failure(let reason): event.failure = reason
        }
        parts.log(event)
        for request in requests { request(result) }
    }
}

extension LoginFailure {
    /// WeChat's refusal in the contract's terms.
    init(_ kind: WeChatFailure.Kind) {
        switch kind {
        case .codeInvalid(let mock): self = .codeInvalid(mock: mock)
        case .codeUsed: self = .codeUsed
        case .userBlocked: self = .userBlocked
        // WeChat counts by the minute.
        case .rateLimited: self = .throttled(retryAfter: 60)
        // WeChat counts by the day; a try every five minutes finds out when the operator got more.
        case .quotaUsedUp: self = .throttled(retryAfter: 300)
        case .misconfigured: self = .misconfigured
        case .busy: self = .wechatUnavailable(status: 503)
        case .noAnswer(.overloaded), .noAnswer(.shutDown): self = .overloaded
        case .noAnswer(.timeout): self = .wechatUnavailable(status: 504)
        case .unintelligible, .noAnswer: self = .wechatUnavailable(status: 502)
        }
    }
}
