import Configuration
import HTTPWire
import Login

/// What all workers share of one generation of routes.json. Immutable.
///
/// What lives longer than a generation goes on where its own part of the file did not change: the state of a cluster by
/// its service, a rate limit by its route, the rules for tokens by `tokens`, `limits.token` and the apps.
final class Generation: Sendable {
    /// Counts from 0.
    let number: Int
    let configuration: GatewayConfiguration
    let upstream: Upstream
    let rateLimits: RateLimits
    let rules: TokenRules
    /// Goes up with every change of ``rules``: verdicts that were found under other rules do not hold.
    let rulesNumber: Int
    /// Signs `x-identity-token`; nil: no service gets one.
    let identityKey: IdentityKey?
    /// What `/.well-known/jwks.json` says.
    let jwks: [UInt8]
    let endpoints: LoginEndpoints
    let forwardingNotice: ForwardingNotice

    /// The first generation.
    init(
        _ configuration: GatewayConfiguration,
        rules: TokenRules,
        identityKey: IdentityKey?,
        endpoints: LoginEndpoints,
        upstream: Upstream,
        log: LimitedLog
    ) {
        number = 0
        self.configuration = configuration
        self.upstream = upstream
        rateLimits = RateLimits(configuration)
        self.rules = rules
        rulesNumber = 0
        self.identityKey = identityKey
        jwks = JWKSDocument(rules: rules, identityKey: identityKey).bytes
        self.endpoints = endpoints
        forwardingNotice = ForwardingNotice(log)
    }

    /// The generation after another one.
    ///
    /// - Parameters:
    ///   - tls: by the service's name, for those with https targets.
    ///   - log: hears of what becomes of targets.
    /// - Throws: what is wrong with the token keys; ``GenerationFault`` where a part changed that logins began with.
    init(
        _ configuration: GatewayConfiguration,
        after former: Generation,
        tls: [String: ServiceTLS],
        log: LimitedLog
    ) throws {
        number = former.number + 1
        self.configuration = configuration
        upstream = Upstream(
            configuration,
            tls: tls,
            limits: GatewaySettings.responseLimits(configuration),
            log: log,
            after: former.upstream
        )
        rateLimits = RateLimits(configuration, former: former.rateLimits)
        let apps = configuration.weChat.apps.map(\.appID)
        if configuration.tokens == former.configuration.tokens,
            configuration.limits.token == former.configuration.limits.token,
            apps == former.configuration.weChat.apps.map(\.appID)
        {
            rules = former.rules
            rulesNumber = former.rulesNumber
            identityKey = former.identityKey
            jwks = former.jwks
        } else {
            rules = try TokenRules(configuration)
            rulesNumber = former.rulesNumber + 1
            identityKey = try configuration.tokens.identityKey.map { try IdentityKey($0) }
            jwks = JWKSDocument(rules: rules, identityKey: identityKey).bytes
        }
        guard configuration.tokens.signsAlike(former.configuration.tokens) else { throw GenerationFault.tokensChanged }
        endpoints = former.endpoints
        let trustsAlike = configuration.trustedProxies == former.configuration.trustedProxies
        forwardingNotice = trustsAlike ? former.forwardingNotice : ForwardingNotice(log)
    }
}

/// Why a configuration cannot be put in force while the gateway runs.
enum GenerationFault: Error {
    /// Logins go on to sign with the keys that they began with, and the keys of other issuers stand in the order in which
    /// their fetching began. Requests must not be checked by others.
    case tokensChanged
}

extension TokensConfiguration {
    /// Whether tokens are signed and verified with the same keys, for the same issuers and lifetimes.
    fileprivate func signsAlike(_ other: TokensConfiguration) -> Bool {
        issuer == other.issuer && lifetime == other.lifetime && renewBefore == other.renewBefore
            && signingKeys == other.signingKeys && issuers == other.issuers
    }
}
