import APICalls
import Cryptography
import NIOConcurrencyHelpers
import Sessions
import WeChat

/// A login that is done and on disk.
struct CompletedLogin: Sendable {
    let user: StoredUser
    let token: MintedToken
}

/// Logs users in: asks WeChat, records the session, mints the token. A code works once, so all who come with the same
/// code while its exchange runs get the one answer, and ``CodeMemory`` tells what becomes of those who come later.
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
    private let state = NIOLockedValueBox(State())
    /// For digests of codes; of this process alone.
    private let digestKey: [UInt8]

    private struct State {
        var running: [Exchange: [Completion]] = [:]
        var memory = CodeMemory()
    }

    private enum Start {
        case ask
        case wait
        case reply(Result<CompletedLogin, LoginFailure>)
    }

    init(parts: LoginParts) throws(CryptographyError) {
        self.parts = parts
        userIDs = try UserIDs(secret: parts.userIDKey)
        digestKey = try SecureRandom.bytes(32)
    }

    private func digest(_ exchange: Exchange) throws(CryptographyError) -> CodeMemory.Digest {
        let message = Array("\(exchange.appID.utf8.count):\(exchange.appID)\(exchange.code.text)".utf8)
        let key = digestKey
        let code = try HMACSHA256.code(of: message.span, key: key.span)
        var words: (UInt64, UInt64) = (0, 0)
        for index in 0..<8 {
            words.0 = words.0 << 8 | UInt64(code[index])
            words.1 = words.1 << 8 | UInt64(code[index + 8])
        }
        return CodeMemory.Digest(high: words.0, low: words.1)
    }

    /// Joins what runs, recalls what was, or says that WeChat has to be asked.
    private func begin(_ exchange: Exchange, _ digest: CodeMemory.Digest, _ completion: @escaping Completion) -> Start {
        let now = parts.clock()
        return state.withLockedValue { state in
            if let waiting = state.running[exchange]?.count {
                guard waiting < Self.mostRequestsPerCode else { return .reply(.failure(.overloaded)) }
                state.running[exchange]?.append(completion)
                return .wait
            }
            switch state.memory.recall(digest, now: now) {
            case .login(let login): return .reply(.success(login))
            case .refusal(let failure): return .reply(.failure(failure))
            case .nothing:
                state.running[exchange] = [completion]
                return .ask
            }
        }
    }

    /// Logs in, or joins the login with the same code. `completion` runs once, on any thread.
    func login(_ app: WeChatApp, _ code: LoginCode, completion: @escaping Completion) {
        let exchange = Exchange(appID: app.appID, code: code)
        guard let digest = try? digest(exchange) else { return completion(.failure(.internalFault)) }
        switch begin(exchange, digest, completion) {
        case .wait: return
        case .reply(let result): return completion(result)
        case .ask: break
        }
        let start = ContinuousClock.now
        parts.wechat.codeToSession(app: app, code: code) { result in
            switch result {
            case .success(let session):
                self.record(session, of: app) { self.finish(exchange, digest, $0, nil, start) }
            case .failure(let failure):
                self.finish(exchange, digest, .failure(LoginFailure(failure.kind)), failure, start)
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
                facts: user.facts
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
        _ digest: CodeMemory.Digest,
        _ result: Result<CompletedLogin, LoginFailure>,
        _ failure: WeChatFailure?,
        _ start: ContinuousClock.Instant
    ) {
        let now = parts.clock()
        let requests = state.withLockedValue { state in
            switch result {
            case .success(let login):
                state.memory.remember(digest, login: login, now: now)
            case .failure(let reason):
                if let refusal = LoginFailure(afterwards: reason, failure?.kind) {
                    state.memory.remember(digest, refusal: refusal, now: now)
                }
            }
            return state.running.removeValue(forKey: exchange) ?? []
        }
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
        // Another one is fetched; whoever asks again meets it.
        case .busy, .accessTokenRefused: self = .wechatUnavailable(status: 503)
        case .noAnswer(.overloaded), .noAnswer(.shutDown): self = .overloaded
        case .noAnswer(.timeout): self = .wechatUnavailable(status: 504)
        case .unintelligible, .noAnswer: self = .wechatUnavailable(status: 502)
        }
    }
}
