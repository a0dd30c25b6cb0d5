import Configuration
import Cryptography
import HTTPWire
import Login

/// Everything of one generation of routes.json that a request needs, as one worker has it: references, no positions that
/// would have to be looked up later. Immutable but for caches.
///
/// A request keeps the snapshot that it began with, and lets go of it at its end. The worker holds the one in force. What
/// lives longer than a generation (a cluster with its pool and health, rate limits, verdicts) is taken over from the
/// snapshot before where its own part of the file did not change.
final class Snapshot: ClientSettings {
    let generation: Generation
    let settings: GatewaySettings
    let routes: RouteTable
    let reserved: ReservedPaths
    let adminReserved: ReservedPaths
    let clusters: [Cluster]
    let tokens: TokenChecks
    /// Nil: no service gets `x-identity-token`.
    let identityTokens: IdentityTokens?
    private let leases: [ClusterLease]

    /// - Parameters:
    ///   - issuerKeys: of other issuers, where they are known.
    ///   - former: the worker's snapshot in force; nil: this is its first.
    init(
        _ generation: Generation,
        settings: GatewaySettings,
        loop: LoopContext,
        issuerKeys: IssuerKeys?,
        former: Snapshot?
    ) throws(CryptographyError) {
        let configuration = generation.configuration
        self.generation = generation
        self.settings = settings
        leases = generation.upstream.clusters(configuration, loop: loop, former: former?.leases ?? [])
        clusters = leases.map(\.cluster)
        routes = RouteTable(
            configuration,
            clusters: clusters,
            clientKeys: settings.clientKeys,
            rateLimits: generation.rateLimits
        )
        reserved = ReservedPaths(configuration, side: .traffic)
        adminReserved = ReservedPaths(configuration, side: .admin)
        if let former, former.generation.rulesNumber == generation.rulesNumber {
            tokens = former.tokens
        } else {
            tokens = TokenChecks(try TokenVerifier(rules: generation.rules, issuerKeys: issuerKeys))
        }
        if let former, former.generation.rulesNumber == generation.rulesNumber,
            former.generation.configuration.serviceNames == configuration.serviceNames
        {
            identityTokens = former.identityTokens
        } else {
            identityTokens = generation.identityKey.flatMap { key in
                IdentityTokenSigner(
                    key: key,
                    issuer: configuration.tokens.issuer,
                    services: configuration.serviceNames
                )
            }.map { IdentityTokens($0) }
        }
        super.init(limits: settings.wireLimits, names: settings.fieldNames, timeouts: settings.clientTimeouts)
    }

    var endpoints: LoginEndpoints { generation.endpoints }
    var rateLimits: RateLimits { generation.rateLimits }
    var jwks: [UInt8] { generation.jwks }
}

/// A worker's verifier with its caches, for the generations that have the same rules.
final class TokenChecks {
    var verifier: TokenVerifier

    init(_ verifier: TokenVerifier) { self.verifier = verifier }
}

/// A worker's signer of identity tokens with its cache, for the generations that have the same key and services.
final class IdentityTokens {
    var signer: IdentityTokenSigner

    init(_ signer: IdentityTokenSigner) { self.signer = signer }
}
