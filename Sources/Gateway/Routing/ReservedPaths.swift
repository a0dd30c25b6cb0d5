import Configuration

/// Which of the gateway's doors a connection came in by.
enum ListenerSide: Sendable { case traffic, admin }

/// The paths that the gateway itself answers on the traffic port.
struct ReservedPaths {
    enum Endpoint: Equatable {
        case live, ready
        case auth(AuthPath)
        /// The public keys of the gateway's own tokens (RFC 8414 section 3.2, RFC 7517 section 5).
        case jwks
        /// The login path itself or a path below, and nothing there.
        case unknownLoginPath
    }

    private let exact: [(path: [UInt8], endpoint: Endpoint)]
    /// With the slash behind it.
    private let loginPrefix: [UInt8]
    /// Bit n is set where some exact path has n bytes (63: or more): most requests are told apart by this alone.
    private let lengths: UInt64

    init(_ configuration: GatewayConfiguration, side: ListenerSide) {
        var exact: [(path: [UInt8], endpoint: Endpoint)] = []
        if configuration.health.traffic || side == .admin {
            exact.append((Array(configuration.health.live.utf8), .live))
            exact += configuration.health.ready.map { (Array($0.utf8), .ready) }
        }
        if side == .traffic {
            let login = Array(configuration.login.path.utf8)
            exact += AuthPath.allCases.map { (login + Array("/\($0.rawValue)".utf8), .auth($0)) }
            if configuration.tokens.hasPublicKeys { exact.append((Array(TokensConfiguration.jwksPath.utf8), .jwks)) }
            loginPrefix = login + [UInt8(ascii: "/")]
        } else {
            loginPrefix = []
        }
        self.exact = exact
        lengths = exact.reduce(0) { $0 | ReservedPaths.bit(forLength: $1.path.count) }
    }

    /// The path of an endpoint, for the log.
    func label(_ endpoint: Endpoint) -> [UInt8] {
        exact.first { $0.endpoint == endpoint }?.path ?? loginPrefix
    }

    private static func bit(forLength count: Int) -> UInt64 { 1 << UInt64(min(count, 63)) }

    /// The endpoint at a normalised path, or `nil` where the route table decides.
    func endpoint(at path: Span<UInt8>) -> Endpoint? {
        if lengths & ReservedPaths.bit(forLength: path.count) != 0 {
            for entry in exact where path.isEqual(to: entry.path.span) {
                return entry.endpoint
            }
        }
        guard !loginPrefix.isEmpty, path.count >= loginPrefix.count - 1 else { return nil }
        // The login path itself has no slash behind it.
        let count = min(path.count, loginPrefix.count)
        let isBelow = path.extracting(..<count).isEqual(to: loginPrefix.span.extracting(..<count))
        return isBelow ? .unknownLoginPath : nil
    }
}
