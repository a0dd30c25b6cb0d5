import Configuration

/// The result of matching a request.
enum RouteMatch: Equatable {
    /// The index of the route, in the order of the file.
    case route(Int)
    /// Routes take host and path, but not the method; the index is for `RouteTable.allow`.
    case methodNotAllowed(allowIndex: Int)
    /// No route takes host and path.
    case notFound
}

/// All routes, compiled once per worker into flat arrays. A look-up allocates nothing and does not depend on how many
/// routes there are, only on the segments of the path.
///
/// A class, so that using it counts one reference and not each of its arrays.
final class RouteTable {
    /// In the order of the file.
    let routes: [CompiledRoute]
    private let trie: RouteTrie
    private let hosts: HostTable
    /// For each set of named methods, the field value of `allow`.
    private let allowValues: [[UInt8]]

    /// - Parameters:
    ///   - configuration: valid.
    ///   - clusters: of the worker, by the number of the service (`GatewayConfiguration.serviceNames`).
    ///   - clientKeys: by their number (`GatewayConfiguration.clientKeyNames`).
    ///   - rateLimits: of these routes.
    init(
        _ configuration: GatewayConfiguration,
        clusters: [Cluster],
        clientKeys: [ClientKey],
        rateLimits: RateLimits
    ) {
        let services = configuration.serviceNames
        let numbers = Dictionary(uniqueKeysWithValues: zip(services, services.indices))
        let keys = Dictionary(zip(configuration.clientKeyNames, clientKeys)) { one, _ in one }
        routes = configuration.routes.enumerated().map { index, route in
            guard let number = numbers[route.service] else {
                preconditionFailure("a valid configuration names services that it has")
            }
            return CompiledRoute(
                route,
                cluster: clusters[number],
                serviceIndex: number,
                clientKey: route.clientKey.flatMap { keys[$0] },
                limits: rateLimits.of(index),
                rules: RouteRules(route, in: configuration),
                defaultBodyLimit: configuration.limits.body
            )
        }
        var builder = RouteTrieBuilder()
        var roots: [(host: [UInt8], root: Int32)] = []
        let byHost = Dictionary(grouping: configuration.routes.indices) { configuration.routes[$0].host }
        for (host, _) in byHost.sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
            if let host { roots.append((Array(host.utf8), builder.addRoot())) }
        }
        hosts = HostTable(roots)
        let rootOfHost = Dictionary(roots.map { (String(decoding: $0.host, as: UTF8.self), $0.root) }) { one, _ in one }
        // Ranks: the greater precedence first. Routes that tie never meet, so the order among them does not matter.
        let precedences = configuration.routes.map { RoutePrecedence($0) }
        let ranked = precedences.indices.sorted { (precedences[$1], $0) < (precedences[$0], $1) }
        for (rank, index) in ranked.enumerated() {
            let route = configuration.routes[index]
            let root = route.host.flatMap { rootOfHost[$0] } ?? RouteTrieBuilder.anyHost
            builder.add(
                route.path,
                at: root,
                leaf: RouteTrie.Leaf(rank: Int32(rank), route: Int32(index), methods: RouteMethodSet(route).rawValue)
            )
        }
        trie = builder.finish()
        allowValues = RouteTable.allowValues()
    }

    /// The route for a request.
    ///
    /// - Parameters:
    ///   - host: the authority as the client sent it, empty where there is none. Port, case and a final dot are put
    ///     aside.
    ///   - method: case-sensitive (RFC 9110, section 9.1).
    ///   - path: in the normal form of `TargetNormalizer`.
    func match(host: Span<UInt8>, method: Span<UInt8>, path: Span<UInt8>) -> RouteMatch {
        var search = RouteTrie.Search(method: MethodCode.bit(method))
        if let root = hosts.root(of: host) {
            trie.search(&search, from: root, path: path)
        }
        trie.search(&search, from: RouteTrieBuilder.anyHost, path: path)
        if search.route >= 0 { return .route(Int(search.route)) }
        guard search.otherMethods != 0 else { return .notFound }
        return .methodNotAllowed(allowIndex: Int(search.otherMethods) & (allowValues.count - 1))
    }

    /// The value of the `allow` field (RFC 9110, section 10.2.1).
    func allow(_ index: Int) -> [UInt8] { allowValues[index] }

    private static func allowValues() -> [[UInt8]] {
        let methods = RouteMethod.allCases
        return (0..<1 << methods.count).map { set in
            let names = methods.indices.filter { set >> $0 & 1 == 1 }.map { methods[$0].rawValue }
            return Array(names.joined(separator: ", ").utf8)
        }
    }
}

/// A method's bit in a `RouteMethodSet`, found without a table.
private enum MethodCode {
    static func bit(_ method: Span<UInt8>) -> UInt32 {
        guard method.count <= 8 else { return RouteMethodSet.others.rawValue }
        var packed: UInt64 = 0
        for index in method.indices { packed = packed << 8 | UInt64(method[index]) }
        switch packed {
        case 0x47_4554: return bit(.get)
        case 0x4845_4144: return bit(.head)
        case 0x504F_5354: return bit(.post)
        case 0x50_5554: return bit(.put)
        case 0x50_4154_4348: return bit(.patch)
        case 0x4445_4C45_5445: return bit(.delete)
        case 0x4F_5054_494F_4E53: return bit(.options)
        default: return RouteMethodSet.others.rawValue
        }
    }

    private static func bit(_ method: RouteMethod) -> UInt32 {
        switch method {
        case .get: 1 << 0
        case .head: 1 << 1
        case .post: 1 << 2
        case .put: 1 << 3
        case .patch: 1 << 4
        case .delete: 1 << 5
        case .options: 1 << 6
        }
    }
}
