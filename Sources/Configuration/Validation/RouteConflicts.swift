/// Finds conflicting routes: equal in precedence, with a common request.
///
/// Conflicting patterns have the same number of segments. They are grouped by precedence, host and *shape* (which
/// segments are literals). Two shapes are joined on the segments where both have a literal, which avoids comparing
/// every route with every other.
enum RouteConflicts {
    struct Conflict: Equatable {
        let earlier: Int
        let later: Int
        /// A request that both take.
        let example: String
    }

    /// The first conflict of each route with an earlier one, in the order of the routes.
    static func find(in routes: [RouteConfiguration]) -> [Conflict] {
        var groups: [Group: [Shape: [Int]]] = [:]
        for (index, route) in routes.enumerated() where route.path != .unset {
            let group = Group(precedence: RoutePrecedence(route), host: route.host)
            groups[group, default: [:]][Shape(route.path), default: []].append(index)
        }
        var earliest: [Int: Int] = [:]
        for shapes in groups.values {
            let ordered = Array(shapes)
            for (position, one) in ordered.enumerated() {
                for other in ordered[position...] {
                    let positions = one.key.meeting(other.key)
                    join(routes, one.value, other.value, on: positions, into: &earliest)
                    join(routes, other.value, one.value, on: positions, into: &earliest)
                }
            }
        }
        return earliest.sorted { $0.key < $1.key }.map { later, earlier in
            Conflict(earlier: earlier, later: later, example: example(routes[earlier], routes[later]))
        }
    }

    private struct Group: Hashable {
        let precedence: RoutePrecedence
        let host: String?
    }

    private struct Shape: Hashable {
        /// The positions of the parameters.
        let parameters: [Int]
        let count: Int

        init(_ pattern: RoutePattern) {
            count = pattern.segments.count
            parameters = pattern.segments.indices.filter { pattern.segments[$0] == .parameter }
        }

        /// The positions where both have a literal.
        func meeting(_ other: Shape) -> [Int] {
            (0..<count).filter { !parameters.contains($0) && !other.parameters.contains($0) }
        }
    }

    /// Finds for each of `laters` the first of `earliers` that is listed before it and conflicts with it.
    private static func join(
        _ routes: [RouteConfiguration],
        _ earliers: [Int],
        _ laters: [Int],
        on positions: [Int],
        into earliest: inout [Int: Int]
    ) {
        var buckets: [[RoutePattern.Segment]: [RouteMethodSet: [Int]]] = [:]
        for index in earliers {
            let key = positions.map { routes[index].path.segments[$0] }
            buckets[key, default: [:]][RouteMethodSet(routes[index]), default: []].append(index)
        }
        for later in laters {
            let methods = RouteMethodSet(routes[later])
            let bucket = buckets[positions.map { routes[later].path.segments[$0] }] ?? [:]
            for (set, indices) in bucket where !set.isDisjoint(with: methods) {
                // A parameter does not meet an empty literal, which the join does not see.
                let first = indices.first { $0 >= later || routes[$0].path.overlaps(routes[later].path) }
                if let first, first < later { earliest[later] = min(earliest[later] ?? .max, first) }
            }
        }
    }

    private static func example(_ one: RouteConfiguration, _ other: RouteConfiguration) -> String {
        let method = RouteMethodSet(one).intersection(RouteMethodSet(other)).first?.rawValue ?? "GET"
        var path = ""
        for pair in zip(one.path.segments, other.path.segments) {
            path += "/"
            switch pair {
            case (.literal(let bytes), _), (_, .literal(let bytes)): path += String(decoding: bytes, as: UTF8.self)
            case (.parameter, .parameter): path += "x"
            }
        }
        return "\(method) \(path.isEmpty ? "/" : path)"
    }
}
