import Configuration
import HTTPWire
import NIOCore

/// The CORS protocol (the Fetch standard, section 3.3) of one route: fields, made once.
struct CrossOrigin: Sendable {
    private static let ownRequestFields = ["content-type", "x-wx-code", "x-wx-appid"]
    private static let ownResponseFields = [
        "x-request-id", "x-auth-token", "x-auth-expires-in", "retry-after", "ratelimit", "ratelimit-policy",
    ]

    private static let fieldPrefix = Array("access-control-".utf8)

    private let origins: [[UInt8]]
    private let allowsAll: Bool
    /// Follows the origin in a response to a page.
    private let responseFields: FieldBlock
    /// Follows the origin in a response to a preflight.
    private let preflightFields: FieldBlock

    /// - Parameter tokenHeader: the request header that carries the token.
    init(_ cors: CrossOriginConfiguration, route: RouteConfiguration, tokenHeader: String) {
        origins = cors.origins.map { Array($0.utf8) }
        allowsAll = cors.allowsAll
        func list(_ names: [String]) -> [UInt8] {
            var seen: Set<String> = []
            return Array(names.filter { seen.insert($0).inserted }.joined(separator: ", ").utf8)
        }
        let methods = route.methods.isEmpty ? RouteMethod.allCases : route.methods
        let requestFields =
            [tokenHeader] + Self.ownRequestFields + (route.methodOverride ? ["x-http-method-override"] : [])
            + cors.headers
        var common = FieldBlock()
        if cors.credentials { common.append("access-control-allow-credentials", "true") }
        var response = common
        response.append("access-control-expose-headers", list(Self.ownResponseFields + cors.expose).span)
        responseFields = response
        var preflight = common
        preflight.append("access-control-allow-methods", list(methods.map(\.rawValue)).span)
        preflight.append("access-control-allow-headers", list(requestFields).span)
        preflight.append("access-control-max-age") { $0.writeString(String(cors.maxAge.components.seconds)) }
        preflightFields = preflight
    }

    /// The fields of a response. Browsers hide the response from pages of unlisted origins.
    ///
    /// - Parameter origin: the `origin` of the request; nil if there is none.
    func fields(origin: Span<UInt8>?, isPreflight: Bool) -> FieldBlock {
        // One cache, many origins (RFC 9110, section 12.5.5).
        var fields = FieldBlock()
        if !allowsAll { fields.append("vary", "origin") }
        guard let origin, allowsAll || isListed(origin) else { return fields }
        if allowsAll {
            fields.append("access-control-allow-origin", "*")
        } else {
            fields.append("access-control-allow-origin", origin)
        }
        fields.append(isPreflight ? preflightFields : responseFields)
        return fields
    }

    private func isListed(_ origin: Span<UInt8>) -> Bool {
        for listed in origins where listed.count == origin.count {
            if listed.indices.allSatisfy({ listed[$0] == origin[$0] }) { return true }
        }
        return false
    }

    /// Marks the service's own CORS fields as dropped: the gateway sets them.
    static func drop(from fields: inout [HeaderField], in arena: Span<UInt8>) {
        for index in fields.indices {
            let name = arena.extracting(fields[index].name.range)
            if HeaderNames.matches(name, fieldPrefix, asPrefix: true) { fields[index].isHopByHop = true }
        }
    }
}
