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
struct GatewayDependencies: Sendable {
    let store: any SessionStore
    let endpoints: LoginEndpoints
    let rules: TokenRules
    /// By the service's name, for those with https targets.
    let serviceTLS: [String: ServiceTLS]
    let publisher = ChangePublisher()
    /// Nil where no other issuer is configured.
    let issuerKeys: IssuerKeyFetcher?
    let identityKey: IdentityKey?
    /// The operators' log, for lines that clients or services can cause.
    let log: LimitedLog
    /// One thread per purpose, so that a slow service does not delay logins.
    private let calls: [APIClient]

    init(_ configuration: GatewayConfiguration, logger: Logger) throws {
        let log = LimitedLog(logger)
        self.log = log
        rules = try TokenRules(configuration)
        serviceTLS = try GatewayDependencies.serviceTLS(configuration, log: log)
        guard let firstKey = configuration.tokens.signingKeys.first?.keyMaterial else { throw TokenRulesError.noKey }
        let userIDKey =
            try configuration.users.idKey?.bytes ?? GatewayDependencies.derive(from: firstKey, for: "menshen user ids")
        guard let signer = TokenSigner(rules: rules) else { throw TokenRulesError.noKey }
        store = try ConfiguredStore.open(configuration, isAlone: true, log: log)
        let wechatCalls = try APIClient(
            limits: GatewayDependencies.limits(configuration.weChat),
            authorities: GatewayDependencies.authorities(toWeChat: configuration.weChat),
            proxy: configuration.weChat.proxy
        )
        let wechat = WeChatClient(baseURL: configuration.weChat.baseURL, api: wechatCalls)
        let lifetime = rules.lifetimeSeconds
        var parts = LoginDependencies(
            apps: configuration.weChat.apps.map { app in
                WeChatApp(
                    appID: app.appID,
                    secret: String(decoding: app.secret.bytes, as: UTF8.self),
                    baseURL: app.baseURL
                )
            },
            wechat: wechat,
            accessTokens: AccessTokens(
                client: wechat,
                sharing: store.shared,
                clock: GatewayDependencies.wallMilliseconds
            ),
            store: store,
            minter: TokenMinter(signer: signer),
            userIDKey: userIDKey,
            sessionLifetime: max(configuration.sessions.lifetime.components.seconds, lifetime),
            tokenLifetime: lifetime,
            clock: GatewayDependencies.wallSeconds,
            log: { event in log.report(event) }
        )
        parts.fineClock = GatewayDependencies.wallMilliseconds
        parts.linksByUnionid = configuration.users.linkBy == .unionid
        parts.takesEncryptedPhone = configuration.login.phoneBy == .any
        parts.renewBefore = configuration.tokens.renewBefore?.components.seconds
        parts.limits = LoginLimits(configuration)
        parts.publish = { [publisher] changes, done in publisher.publish(changes, done: done) }
        parts.verdicts = { [publisher] completion in publisher.verdicts(completion) }
        parts.traffic = { [publisher, store] completion in
            publisher.traffic { completion($0 + [TrafficCounters.store(store)]) }
        }
        var calls = [wechatCalls]
        let issuers = configuration.tokens.issuers
        if issuers.isEmpty {
            issuerKeys = nil
        } else {
            let issuerCalls = try APIClient(authorities: GatewayDependencies.authorities(toIssuers: issuers))
            calls.append(issuerCalls)
            issuerKeys = IssuerKeyFetcher(
                issuers: issuers,
                keys: try IssuerKeys(issuers),
                api: issuerCalls,
                onChange: { [publisher] keys in
                    publisher.deliver { $0.snapshot.tokens.verifier.adopt(issuerKeys: keys) }
                },
                log: { event in log.report(event) }
            )
        }
        identityKey = try configuration.tokens.identityKey.map { try IdentityKey($0) }
        if configuration.users.resolve != nil {
            // A login that WeChat has accepted gets a slot at once: its code is spent.
            var limits = GatewayDependencies.limits(configuration.weChat)
            limits.connectTimeout = .seconds(2)
            let resolverCalls = try APIClient(
                limits: limits,
                authorities: GatewayDependencies.authorities(toResolver: configuration)
            )
            calls.append(resolverCalls)
            parts.resolver = UserResolver(configuration, api: resolverCalls)
        }
        self.calls = calls
        endpoints = try LoginEndpoints(parts)
    }

    /// Every admitted exchange gets a slot at once; waiting happens before.
    private static func limits(_ configuration: WeChatConfiguration) -> APICallLimits {
        var limits = APICallLimits()
        limits.connectTimeout = configuration.connectTimeout
        limits.totalTimeout = configuration.timeout
        // Beside the exchanges: phone numbers and access tokens.
        limits.concurrentCalls = configuration.exchanges * max(1, configuration.apps.count) + 64
        // Between two looks of its thread all of them may come.
        limits.waitingCalls = limits.concurrentCalls
        return limits
    }

    /// A derived key per purpose, if the configuration has none.
    static func derive(from key: [UInt8], for purpose: StaticString) throws -> [UInt8] {
        try HKDF.deriveKey(from: key.span, salt: [UInt8]().span, info: Array("\(purpose)".utf8).span, count: 32)
    }

    func stop() {
        issuerKeys?.stop()
        for client in calls { client.stop() }
        store.stop()
        publisher.detach()
    }

    @Sendable
    static func wallSeconds() -> Int64 { Int64(time(nil)) }

    @Sendable
    static func wallMilliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

/// Tokens for users who logged in.
private struct TokenMinter: TokenMinting {
    let signer: TokenSigner

    func mint(_ subject: TokenSubject, now: Int64, until: Int64?) throws -> MintedToken {
        let lifetime = until.map { min(signer.lifetimeSeconds, max(0, $0 - now)) } ?? signer.lifetimeSeconds
        let token = try signer.sign(
            TokenClaims(
                subject: subject.userID,
                appID: subject.appID,
                openid: subject.openid,
                unionid: subject.unionid,
                sessionID: subject.sessionID,
                facts: subject.facts,
                lifetimeSeconds: lifetime
            ),
            now: now
        )
        return MintedToken(token: token, expiresIn: lifetime, expiresAt: now + lifetime)
    }
}

extension LoginLimits {
    fileprivate init(_ configuration: GatewayConfiguration) {
        self.init()
        exchanges = configuration.weChat.exchanges
        ratePerAddress = configuration.login.rate
        // The maximum duration of an exchange, including the wait and the recording of its session.
        let timeout = configuration.weChat.timeout + (configuration.users.resolve?.timeout ?? .zero)
        sharedWait = timeout.components.seconds * 1000 + 8000
    }
}

extension UserResolver {
    /// Nil where no service knows the users.
    fileprivate init?(_ configuration: GatewayConfiguration, api: APIClient) {
        guard let resolver = configuration.users.resolve,
            let service = configuration.services[resolver.service]
        else { return nil }
        self.init(
            targets: service.callableURLs,
            path: resolver.path,
            timeout: resolver.timeout,
            api: api
        )
    }
}

extension TokenRules {
    /// The rules of a checked configuration.
    package init(_ configuration: GatewayConfiguration) throws(TokenRulesError) {
        var keys: [TokenKey] = []
        for key in configuration.tokens.signingKeys { keys.append(try TokenKey(key)) }
        try self.init(
            issuer: configuration.tokens.issuer,
            audiences: configuration.weChat.apps.map(\.appID),
            lifetimeSeconds: configuration.tokens.lifetime.components.seconds,
            keys: keys,
            issuers: configuration.tokens.issuers.map { ForeignIssuer($0) },
            maximumTokenCount: configuration.limits.token
        )
    }
}
