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
    let store: any SessionStore
    let api: APIClient
    let endpoints: LoginEndpoints
    let rules: TokenRules

    init(_ configuration: GatewayConfiguration, logger: Logger) throws {
        rules = try TokenRules(configuration)
        guard let firstKey = configuration.tokens.signingKeys.first?.secret.bytes else { throw TokenRulesError.noKey }
        let userIDKey =
            try configuration.users.idKey?.bytes ?? Assembly.derive(from: firstKey, for: "menshen user ids")
        guard let signer = TokenSigner(rules: rules) else { throw TokenRulesError.noKey }
        store = try ConfiguredStore.open(configuration, logger: logger)
        var limits = APICallLimits()
        limits.connectTimeout = configuration.weChat.connectTimeout
        limits.totalTimeout = configuration.weChat.timeout
        // Beside the logins there are phone numbers, access tokens, and the service that knows the users.
        limits.concurrentCalls = max(
            limits.concurrentCalls,
            configuration.weChat.exchanges * configuration.weChat.apps.count + configuration.weChat.exchanges
        )
        api = try APIClient(limits: limits)
        let apps = configuration.weChat.apps.map { app in
            WeChatApp(
                appID: app.appID,
                secret: String(decoding: app.secret.bytes, as: UTF8.self),
                baseURL: app.baseURL
            )
        }
        let lifetime = rules.lifetimeSeconds
        let wechat = WeChatClient(baseURL: configuration.weChat.baseURL, api: api)
        var parts = LoginParts(
            apps: apps,
            wechat: wechat,
            accessTokens: AccessTokens(
                client: wechat,
                sharing: store.shared.map(StoreSharing.init),
                clock: Assembly.wallMilliseconds
            ),
            store: store,
            minter: TokenMinter(signer: signer),
            userIDKey: userIDKey,
            sessionLifetime: max(configuration.sessions.lifetime.components.seconds, lifetime),
            tokenLifetime: lifetime,
            clock: Assembly.wallSeconds,
            log: { event in logger.report(event) }
        )
        parts.fineClock = Assembly.wallMilliseconds
        parts.limits = LoginLimits(configuration)
        parts.linksByUnionid = configuration.users.linkBy == .unionid
        parts.resolver = UserResolver(configuration, api: api)
        endpoints = try LoginEndpoints(parts)
    }

    /// A key of its own for each purpose, where the configuration names none.
    static func derive(from key: [UInt8], for purpose: StaticString) throws -> [UInt8] {
        try HKDF.deriveKey(from: key.span, salt: [UInt8]().span, info: Array("\(purpose)".utf8).span, count: 32)
    }

    func stop() {
        api.stop()
        store.stop()
    }

    @Sendable
    static func wallSeconds() -> Int64 { Int64(time(nil)) }

    @Sendable
    static func wallMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
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

extension LoginLimits {
    init(_ configuration: GatewayConfiguration) {
        self.init()
        exchanges = configuration.weChat.exchanges
        ratePerAddress = configuration.login.rate
        // As long as an exchange may wait for its turn and take, and its session to be recorded.
        let timeout = configuration.weChat.timeout + (configuration.users.resolve?.timeout ?? .zero)
        sharedWait = timeout.components.seconds * 1000 + 8000
    }
}

extension UserResolver {
    /// Nil where no service knows the users.
    init?(_ configuration: GatewayConfiguration, api: APIClient) {
        guard let resolver = configuration.users.resolve,
            let service = configuration.services[resolver.service]
        else { return nil }
        self.init(
            targets: service.targets.map(\.description),
            path: resolver.path,
            timeout: resolver.timeout,
            api: api
        )
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
