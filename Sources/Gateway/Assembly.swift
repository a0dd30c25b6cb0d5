import APICalls
package import Configuration
import Cryptography
import Logging
import Login
import Sessions
import WeChat

#if canImport(Glibc)
import Glibc
#endif

/// The parts behind the workers, made from the configuration: store, way to WeChat, tokens, endpoints.
struct Assembly: Sendable {
    /// How long a session is kept. Longer than any token needs, since a later renewal builds on it.
    private static let sessionLifetime: Int64 = 30 * 24 * 3600

    let store: SQLiteSessionStore
    let api: APIClient
    let endpoints: LoginEndpoints
    let rules: TokenRules
    /// By the service's name, for those with https targets.
    let serviceTLS: [String: ServiceTLS]

    init(_ configuration: GatewayConfiguration, logger: Logger) throws {
        rules = try TokenRules(configuration)
        serviceTLS = try Assembly.serviceTLS(configuration, logger: logger)
        guard let firstKey = configuration.tokens.signingKeys.first?.secret.bytes else { throw TokenRulesError.noKey }
        let sealKey =
            try configuration.sessions.encryptionKey?.bytes
            ?? Assembly.derive(from: firstKey, for: "menshen session encryption")
        let userIDKey =
            try configuration.users.idKey?.bytes ?? Assembly.derive(from: firstKey, for: "menshen user ids")
        let path =
            switch configuration.sessions.store {
            case .sqlite(let path): path
            }
        guard let signer = TokenSigner(rules: rules) else { throw TokenRulesError.noKey }
        do {
            store = try SQLiteSessionStore(path: path, seal: SessionKeySeal(secret: sealKey))
        } catch let error as SessionStoreOpenError {
            throw GatewayStartFailure(store: path, error)
        }
        var limits = APICallLimits()
        limits.connectTimeout = configuration.weChat.connectTimeout
        limits.totalTimeout = configuration.weChat.timeout
        api = try APIClient(limits: limits)
        let apps = configuration.weChat.apps.map { app in
            WeChatApp(appID: app.appID, secret: String(decoding: app.secret.bytes, as: UTF8.self))
        }
        let lifetime = rules.lifetimeSeconds
        endpoints = try LoginEndpoints(
            LoginParts(
                apps: apps,
                wechat: WeChatClient(baseURL: configuration.weChat.baseURL, api: api),
                store: store,
                minter: TokenMinter(signer: signer),
                userIDKey: userIDKey,
                sessionLifetime: max(Assembly.sessionLifetime, lifetime),
                clock: Assembly.wallSeconds,
                log: { event in logger.report(event) }
            )
        )
    }

    /// A key of its own for each purpose, where the configuration names none.
    private static func derive(from key: [UInt8], for purpose: StaticString) throws -> [UInt8] {
        try HKDF.deriveKey(from: key.span, salt: [UInt8]().span, info: Array("\(purpose)".utf8).span, count: 32)
    }

    func stop() {
        api.stop()
        store.stop()
    }

    @Sendable
    static func wallSeconds() -> Int64 { Int64(time(nil)) }
}

/// Tokens for those who logged in.
private struct TokenMinter: TokenMinting {
    let signer: TokenSigner

    func mint(_ subject: TokenSubject, now: Int64) throws -> MintedToken {
        let token = try signer.sign(
            TokenClaims(
                subject: subject.userID,
                appID: subject.appID,
                openid: subject.openid ?? "",
                unionid: subject.unionid,
                sessionID: subject.sessionID,
                step: subject.facts.authStep
            ),
            now: now
        )
        return MintedToken(token: token, expiresIn: signer.lifetimeSeconds, expiresAt: now + signer.lifetimeSeconds)
    }
}

extension Logger {
    /// One line for an exchange with WeChat; what the event holds may all be shown.
    fileprivate func report(_ event: LoginEvent) {
        var metadata: Metadata = [
            "app": "\(event.appID)", "requests": "\(event.requests)",
            "milliseconds": "\(event.duration.nanoseconds / 1_000_000)",
        ]
        if let user = event.userID { metadata["user"] = "\(user)" }
        if let failure = event.failure { metadata["failure"] = "\(failure.word)" }
        if let wechat = event.wechat {
            metadata["wechat"] = "\(wechat.kind.word)"
            if let errcode = wechat.errcode { metadata["errcode"] = "\(errcode)" }
            if let rid = wechat.rid { metadata["rid"] = "\(rid)" }
        }
        switch (event.failure, event.needsOperator) {
        case (nil, _): debug("login", metadata: metadata)
        case (_, true): warning("login failed, and somebody has to act", metadata: metadata)
        case (.wechatUnavailable, false): warning("WeChat does not answer as it should", metadata: metadata)
        case (_, false): info("login failed", metadata: metadata)
        }
    }
}

extension TokenRules {
    /// The rules of a checked configuration.
    package init(_ configuration: GatewayConfiguration) throws(TokenRulesError) {
        try self.init(
            issuer: configuration.tokens.issuer,
            audiences: configuration.weChat.apps.map(\.appID),
            lifetimeSeconds: configuration.tokens.lifetime.components.seconds,
            keys: configuration.tokens.signingKeys.map { key in
                TokenKey(id: key.id, algorithm: .hs256, secret: key.secret.bytes)
            }
        )
    }
}
