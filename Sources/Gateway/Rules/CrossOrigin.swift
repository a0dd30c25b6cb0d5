import Configuration
import HTTPWire

/// The CORS protocol (the Fetch standard, section 3.3) of one route: whole field lines, made once.
struct CrossOrigin: Sendable {
    private static let ownRequestFields = ["content-type", "x-wx-code", "x-wx-appid"]
    private static let ownResponseFields = [
        "x-request-id", "x-auth-token", "x-auth-expires-in", "retry-after", "ratelimit", "ratelimit-policy",
    ]

    private static let fieldPrefix = Array("access-control-".utf8)

    private let origins: [[UInt8]]
    private let allowsAll: Bool
    /// Follows the origin in a response to a page.
    private let responseFields: [UInt8]
    /// Follows the origin in a response to a preflight.
    private let preflightFields: [UInt8]

    /// - Parameter tokenHeader: the request header that carries the token.
    init(_ cors: CrossOriginConfiguration, route: RouteConfiguration, tokenHeader: String) {
        origins = cors.origins.map { Array($0.utf8) }
        allowsAll = cors.allowsAll
        let credentials = cors.credentials ? "access-control-allow-credentials: true\r\n" : ""
        func list(_ names: [String]) -> String {
            var seen: Set<String> = []
            return names.filter { seen.insert($0).inserted }.joined(separator: ", ")
        }
        let methods = route.methods.isEmpty ? RouteMethod.allCases : route.methods
        let requestFields =
            [tokenHeader] + Self.ownRequestFields + (route.methodOverride ? ["x-http-method-override"] : [])
            + cors.headers
        responseFields = Array(
            (credentials + "access-control-expose-headers: \(list(Self.ownResponseFields + cors.expose))\r\n").utf8
        )
        preflightFields = Array(
            (credentials + "access-control-allow-methods: \(methods.map(\.rawValue).joined(separator: ", "))\r\n"
                + "access-control-allow-headers: \(list(requestFields))\r\n"
                + "access-control-max-age: \(cors.maxAge.components.seconds)\r\n").utf8
        )
    }

    /// The field lines for a response. Browsers hide the response from pages of unlisted origins.
    ///
    /// - Parameter origin: the `origin` of the request; nil if there is none.
    func fields(origin: Span<UInt8>?, isPreflight: Bool) -> [UInt8] {
        // One cache, many origins (RFC 9110, section 12.5.5).
        var fields = allowsAll ? [] : Array("vary: origin\r\n".utf8)
        guard let origin, allowsAll || isListed(origin) else { return fields }
        fields += Array("access-control-allow-origin: ".utf8)
        if allowsAll {
            fields.append(UInt8(ascii: "*"))
        } else {
            for index in origin.indices { fields.append(origin[index]) }
        }
        fields += Array("\r\n".utf8)
        fields += isPreflight ? preflightFields : responseFields
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
