/// Finds the route of a request as the gateway does at run time, for checks: a trie over the paths of all routes.
struct RouteFinder {
    private struct Node {
        var literals: [[UInt8]: Int] = [:]
        var parameter: Int?
        /// Routes whose path ends here, and those that take whatever follows.
        var exact: [Int] = []
        var rest: [Int] = []
    }

    /// A request, as far as routes look at it.
    struct Request {
        var method: RouteMethod
        /// Nil: one that no route names.
        var host: String?
        var path: [[UInt8]]
    }

    private let routes: [RouteConfiguration]
    private let methods: [RouteMethodSet]
    private let precedences: [RoutePrecedence]
    private var nodes = [Node()]

    init(_ routes: [RouteConfiguration]) {
        self.routes = routes
        methods = routes.map { RouteMethodSet($0) }
        precedences = routes.map { RoutePrecedence($0) }
        for (index, route) in routes.enumerated() where route.path != .unset { insert(route.path, index) }
    }

    /// The route with the greatest precedence of those that match.
    func winner(_ request: Request) -> Int? {
        var found: [Int] = []
        collect(request.path[...], 0, &found)
        return found.filter { matches(request, $0) }.max { precedences[$0] < precedences[$1] }
    }

    private func matches(_ request: Request, _ index: Int) -> Bool {
        let host = routes[index].host
        return methods[index].contains(RouteMethodSet(request.method)) && (host == nil || host == request.host)
    }

    private mutating func insert(_ path: RoutePattern, _ index: Int) {
        var node = 0
        for segment in path.segments { node = child(of: node, segment) }
        if path.hasRest { nodes[node].rest.append(index) } else { nodes[node].exact.append(index) }
    }

    private mutating func child(of node: Int, _ segment: RoutePattern.Segment) -> Int {
        switch segment {
        case .literal(let bytes):
            if let child = nodes[node].literals[bytes] { return child }
            nodes[node].literals[bytes] = nodes.count
        case .parameter:
            if let child = nodes[node].parameter { return child }
            nodes[node].parameter = nodes.count
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    private func collect(_ path: ArraySlice<[UInt8]>, _ node: Int, _ found: inout [Int]) {
        found += nodes[node].rest
        guard let segment = path.first else {
            found += nodes[node].exact
            return
        }
        if let child = nodes[node].literals[segment] { collect(path.dropFirst(), child, &found) }
        if !segment.isEmpty, let child = nodes[node].parameter { collect(path.dropFirst(), child, &found) }
    }
}
