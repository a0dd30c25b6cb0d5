/// A route that takes requests without a token which look as if a stricter route took them.
struct RouteExposure {
    /// Why the stricter route does not take them.
    enum Reason: Int, CaseIterable {
        /// The open route has a higher priority.
        case priority
        /// The stricter route does not list the method.
        case method
        /// The stricter route names a host.
        case host
        /// Another case of a letter in the path. Routes distinguish it, some services do not.
        case spelling
    }

    let reason: Reason
    /// The route that takes the requests.
    let open: Int
    /// The first of the stricter routes.
    let strict: Int
    /// How many further routes are in the same place.
    var others = 0
    /// Such a request.
    let example: String

    /// One for each open route and reason, in the order of the routes.
    ///
    /// Except for `priority`, only routes to the same service, or with a common target, are exposed to each other: of
    /// another service a request gets nothing that the stricter route protects.
    static func find(in configuration: GatewayConfiguration) -> [RouteExposure] {
        var search = ExposureSearch(configuration)
        search.run()
        return search.found.sorted { ($0.open, $0.reason.rawValue) < ($1.open, $1.reason.rawValue) }
    }
}

private struct ExposureSearch {
    private struct Place: Hashable {
        let open: Int
        let reason: RouteExposure.Reason
    }

    private let routes: [RouteConfiguration]
    private let services: [String: ServiceConfiguration]
    private let finder: RouteFinder
    private let strict: [Int]
    private let open: [Int]
    private var places: [Place: RouteExposure] = [:]

    var found: [RouteExposure] { Array(places.values) }

    init(_ configuration: GatewayConfiguration) {
        routes = configuration.routes
        services = configuration.services
        let readable = routes.indices.filter { [routes] in routes[$0].path != .unset }
        strict = readable.filter { [routes] in routes[$0].auth == .required }
        open = readable.filter { [routes] in routes[$0].auth != .required }
        finder = RouteFinder(open.isEmpty ? [] : routes)
    }

    mutating func run() {
        guard !open.isEmpty else { return }
        for index in strict {
            checkMethods(index)
            checkHost(index)
            checkSpelling(index)
        }
        checkPriorities()
    }

    private mutating func note(_ reason: RouteExposure.Reason, open: Int, strict: Int, _ example: String) {
        let place = Place(open: open, reason: reason)
        if places[place] == nil {
            places[place] = RouteExposure(reason: reason, open: open, strict: strict, example: example)
        } else {
            places[place]?.others += 1
        }
    }

    /// An open route that takes the request, to the service that `strict` protects.
    private func exposed(_ request: RouteFinder.Request, _ strict: Int) -> Int? {
        guard let winner = finder.winner(request), routes[winner].auth != .required,
            reachesSameService(routes[winner], routes[strict])
        else { return nil }
        return winner
    }

    private mutating func checkMethods(_ index: Int) {
        let own = RouteMethodSet(routes[index])
        for method in [RouteMethod.delete, .put, .patch, .post, .get] where !own.contains(RouteMethodSet(method)) {
            var request = request(of: index)
            request.method = method
            guard let winner = exposed(request, index) else { continue }
            // The same path with other methods, each of them named, is what somebody wanted.
            let isSamePath =
                routes[winner].path.segments == routes[index].path.segments
                && routes[winner].path.hasRest == routes[index].path.hasRest
            if isSamePath, !routes[winner].methods.isEmpty { continue }
            return note(.method, open: winner, strict: index, text(request))
        }
    }

    private mutating func checkHost(_ index: Int) {
        guard routes[index].host != nil else { return }
        var request = request(of: index)
        request.host = nil
        guard let winner = exposed(request, index), routes[winner].host == nil else { return }
        note(.host, open: winner, strict: index, text(request))
    }

    private mutating func checkSpelling(_ index: Int) {
        for (position, segment) in routes[index].path.segments.enumerated() {
            guard case .literal(let bytes) = segment, let other = otherCase(bytes) else { continue }
            var request = request(of: index)
            request.path[position] = other
            guard let winner = exposed(request, index) else { continue }
            return note(.spelling, open: winner, strict: index, text(request))
        }
    }

    private mutating func checkPriorities() {
        let lowest = strict.map { routes[$0].priority }.min() ?? .max
        for open in open where routes[open].priority > lowest {
            for strict in strict where takesByPriority(routes[open], from: routes[strict]) {
                var request = request(of: strict)
                request.host = routes[strict].host ?? routes[open].host
                let common = RouteMethodSet(routes[open]).intersection(RouteMethodSet(routes[strict]))
                request.method = common.first ?? request.method
                request.path = commonPath(routes[open].path, routes[strict].path)
                note(.priority, open: open, strict: strict, text(request))
            }
        }
    }

    private func takesByPriority(_ open: RouteConfiguration, from strict: RouteConfiguration) -> Bool {
        guard open.priority > strict.priority, open.path.overlaps(strict.path),
            open.host == nil || strict.host == nil || open.host == strict.host,
            !RouteMethodSet(open).isDisjoint(with: RouteMethodSet(strict))
        else { return false }
        var (one, other) = (open, strict)
        one.priority = 0
        other.priority = 0
        return RoutePrecedence(one) < RoutePrecedence(other)
    }

    // MARK: - Requests

    private func request(of index: Int) -> RouteFinder.Request {
        let route = routes[index]
        return RouteFinder.Request(
            method: RouteMethodSet(route).first ?? .get,
            host: route.host,
            path: commonPath(route.path, route.path)
        )
    }

    /// A path that both take.
    private func commonPath(_ one: RoutePattern, _ other: RoutePattern) -> [[UInt8]] {
        var path: [[UInt8]] = []
        for position in 0..<max(one.segments.count, other.segments.count) {
            let both = [one, other].compactMap { $0.segments.indices.contains(position) ? $0.segments[position] : nil }
            let literals = both.compactMap { if case .literal(let bytes) = $0 { bytes } else { nil } }
            path.append(literals.first ?? Array("x".utf8))
        }
        if one.hasRest, other.hasRest { path.append(Array("x".utf8)) }
        return path
    }

    private func text(_ request: RouteFinder.Request) -> String {
        let path = request.path.map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
        return "\(request.method.rawValue) \(path.isEmpty ? "/" : path)"
    }

    /// With the first letter in its other case; nil where there is none. Escapes are left alone.
    private func otherCase(_ bytes: [UInt8]) -> [UInt8]? {
        guard !bytes.contains(UInt8(ascii: "%")), let letter = bytes.firstIndex(where: \.isASCIILetter) else {
            return nil
        }
        var other = bytes
        other[letter] ^= 0x20
        return other
    }

    private func reachesSameService(_ one: RouteConfiguration, _ other: RouteConfiguration) -> Bool {
        if one.service == other.service { return true }
        let targets = Set(services[one.service]?.targets.map(\.address) ?? [])
        return services[other.service]?.targets.contains { targets.contains($0.address) } ?? false
    }
}
