import Configuration
import HTTPWire

/// What the phases need of the configuration, in the form they need it; a class, so that using it counts one reference and
/// not each of its own.
final class GatewaySettings: Sendable {
    /// How long a login or a look at a session may take in all: longer than the longest that is configured for WeChat, a
    /// service that knows the users, and another gateway that has the same code.
    static let endpointTimeout: Int64 = 150_000_000_000
    /// How long a request waits for its token's successor before it goes on without.
    static let renewalTimeout: Int64 = 500_000_000

    let wireLimits: HTTPLimits
    let trustedProxies: [AddressRange]
    /// Says which header carries the token.
    let fieldNames: FieldNames
    let realm: [UInt8]
    /// In the order of `GatewayConfiguration.clientKeyNames`.
    let clientKeys: [ClientKey]
    /// Seconds before a token's end in which it gets its successor; nil: renewal is off.
    let renewalWindow: Int64?
    /// What callers of the operators' port prove themselves with; nil: nobody can, and the port only reads.
    let adminToken: [UInt8]?
    /// Further names of the operators' port.
    let adminHosts: [HostName]
    let clientTimeouts: ClientTimeouts
    let drainTimeout: Int64
    /// The closest ahead that any deadline is set.
    let shortestTimeout: Int64
    /// By trusted, keeps token, wraps.
    private let policies: [RequestFieldPolicy]
    private let always200: Bool
    private let always200ByApp: [(appID: [UInt8], value: Bool)]
    /// For a user who is not known: what holds for the only app, or for all.
    private let always200WithoutIdentity: Bool

    /// What the gateway writes itself, from a trusted peer's words too.
    private static let rewritten: KnownFieldSet = [
        .xForwardedFor, .xForwardedProto, .xForwardedHost, .via, .xRequestID, .traceparent, .tracestate,
    ]
    /// What would bring a body that cannot be wrapped.
    private static let wrapRewritten: KnownFieldSet = [.acceptEncoding, .range, .ifRange]

    init(_ configuration: GatewayConfiguration) {
        wireLimits = GatewaySettings.wireLimits(configuration)
        trustedProxies = configuration.trustedProxies
        let names =
            FieldNames(
                tokenName: Array(configuration.tokens.header.utf8),
                // The seeds' own name never reaches a service, whether it is used or not.
                clientKeyNames: [Array("bg-key".utf8)]
                    + configuration.clientKeyNames.compactMap { configuration.clientKeys[$0] }.map {
                        Array($0.header.utf8)
                    }
            )
            ?? .standard
        fieldNames = names
        clientKeys = configuration.clientKeyNames.compactMap { configuration.clientKeys[$0] }.map {
            ClientKey($0, names: names)
        }
        renewalWindow = configuration.tokens.renewBefore?.components.seconds
        adminToken = configuration.admin?.token?.bytes
        adminHosts = configuration.admin?.hosts ?? []
        policies = [false, true].flatMap { isTrusted in
            [false, true].flatMap { keepsToken in
                [false, true].map { wraps in
                    RequestFieldPolicy(
                        names: names,
                        trusted: isTrusted,
                        keepsToken: keepsToken,
                        rewritten: wraps
                            ? GatewaySettings.rewritten.union(GatewaySettings.wrapRewritten) : GatewaySettings.rewritten
                    )
                }
            }
        }
        realm = Array(configuration.tokens.issuer.utf8)
        clientTimeouts = ClientTimeouts(
            head: configuration.timeouts.head.nanoseconds,
            body: configuration.timeouts.body.nanoseconds,
            keepAlive: configuration.timeouts.keepAlive.nanoseconds,
            nanosecondsPerByte: GatewaySettings.nanosecondsPerByte(configuration.limits.bodyRate)
        )
        drainTimeout = configuration.timeouts.drain.nanoseconds
        var shortest = min(
            clientTimeouts.head,
            clientTimeouts.body,
            clientTimeouts.keepAlive,
            ClientTimeouts.linger
        )
        if configuration.tokens.renewBefore != nil { shortest = min(shortest, GatewaySettings.renewalTimeout) }
        for service in configuration.services.values {
            shortest = min(
                shortest,
                service.timeouts.firstByte.nanoseconds,
                service.timeouts.idle.nanoseconds,
                service.timeouts.keepAlive.nanoseconds
            )
            if service.connections != nil { shortest = min(shortest, service.timeouts.connect.nanoseconds) }
            if let request = service.timeouts.request { shortest = min(shortest, request.nanoseconds) }
        }
        for route in configuration.routes {
            let own = [
                route.timeouts.connect, route.timeouts.firstByte, route.timeouts.idle, route.timeouts.request,
            ]
            for timeout in own { shortest = min(shortest, timeout?.nanoseconds ?? .max) }
            if route.upgrade != nil { shortest = min(shortest, TunnelTimeouts.shortest) }
        }
        shortestTimeout = shortest
        let all = configuration.statuses == .always200
        always200 = all
        let onlyApp = configuration.weChat.apps.count == 1 ? configuration.weChat.apps.first?.statuses : nil
        always200WithoutIdentity = onlyApp.map { $0 == .always200 } ?? all
        always200ByApp = configuration.weChat.apps.compactMap { app in
            app.statuses.map { (Array(app.appID.utf8), $0 == .always200) }
        }
    }

    /// Bounds on the heads of services. What they send is not the clients' choice, so neither are its bounds.
    static func responseLimits(_ configuration: GatewayConfiguration) -> HTTPLimits {
        HTTPLimits(
            headerBlock: configuration.limits.responseHeaders,
            headerCount: configuration.limits.responseHeaderCount
        )
    }

    /// Bounds on the heads of clients.
    static func wireLimits(_ configuration: GatewayConfiguration) -> HTTPLimits {
        HTTPLimits(
            requestLine: configuration.limits.requestLine,
            headerBlock: configuration.limits.headers,
            headerCount: configuration.limits.headerCount
        )
    }

    private static func nanosecondsPerByte(_ rate: BodyRate) -> Int64 {
        guard case .bytesPerSecond(let count) = rate, count > 0 else { return .max }
        return max(1, 1_000_000_000 / Int64(count))
    }

    /// Which of a client's fields go to the service.
    func policy(isTrusted: Bool, keepsToken: Bool, wraps: Bool) -> RequestFieldPolicy {
        policies[(isTrusted ? 4 : 0) + (keepsToken ? 2 : 0) + (wraps ? 1 : 0)]
    }

    /// Whether replies for a user of this app keep the status out of the way; without a user, what holds for the only
    /// app, or for all.
    func always200(appOf identity: Identity?) -> Bool {
        guard let identity else { return always200WithoutIdentity }
        for entry in always200ByApp where entry.appID == identity.appID { return entry.value }
        return always200
    }
}
