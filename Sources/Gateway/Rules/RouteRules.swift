import Configuration
import HTTPWire
import NIOCore

/// The compiled rules of a route beyond forwarding. Routes without rules have none, and pay one test for nil.
final class RouteRules: Sendable {
    let rewrite: PathRewrite?
    let requestHeaders: HeaderPlan?
    let responseHeaders: HeaderPlan?
    let cors: CrossOrigin?
    let methodOverride: Bool
    /// To which protocols its requests may change.
    let upgrade: UpgradeRules?
    /// Whether requests are counted (`RateLimits` has the buckets, which all workers share).
    let isLimited: Bool

    init?(_ route: RouteConfiguration, in configuration: GatewayConfiguration) {
        let service = configuration.services[route.service]
        rewrite = route.rewrite.flatMap { PathRewrite($0, of: route.path) }
        requestHeaders = HeaderPlan(
            service: service?.requestHeaders ?? HeaderRulesConfiguration.none,
            route: route.requestHeaders,
            pattern: route.path,
            secrets: configuration.secrets,
            wraps: route.success == .wrap
        )
        responseHeaders = HeaderPlan(
            service: service?.responseHeaders ?? HeaderRulesConfiguration.none,
            route: route.responseHeaders,
            pattern: route.path,
            secrets: [:]
        )
        cors = route.cors.map { CrossOrigin($0, route: route, tokenHeader: configuration.tokens.header) }
        methodOverride = route.methodOverride
        upgrade = route.upgrade.map { UpgradeRules($0) }
        isLimited = !route.rateLimits.isEmpty
        let hasAny =
            rewrite != nil || requestHeaders != nil || responseHeaders != nil || cors != nil || methodOverride
            || isLimited || upgrade != nil
        guard hasAny else { return nil }
    }

    /// Whether the service's response is changed.
    var changesResponses: Bool { responseHeaders != nil || cors != nil }

    /// Removes fields from the service's response.
    func change(_ head: inout ResponseHead) {
        let bytes = head.arena
        responseHeaders?.drop(from: &head.fields, in: bytes.readableBytesUInt8Span)
        if cors != nil { CrossOrigin.drop(from: &head.fields, in: bytes.readableBytesUInt8Span) }
    }
}
