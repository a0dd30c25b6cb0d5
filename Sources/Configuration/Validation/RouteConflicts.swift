/// Finds routes that tie: equal in precedence, and able to take one and the same request.
///
/// Patterns that tie have the same number of segments. They are sorted into groups by precedence, host and *shape*
/// (which segments are literals). Two shapes meet where both have a literal, so each pair of shapes is joined on those
/// literals, which stays far from comparing every route with every other.
enum RouteConflicts {
    struct Conflict: Equatable {
        let earlier: Int
        let later: Int
        /// A request that both take.
        let example: String
    }

    /// The first conflict of each route with one that stands before it, in the order of the routes.
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
                    join(routes, one.value, other.value, on: one.key.meeting(other.key), into: &earliest)
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

    private static func join(
        _ routes: [RouteConfiguration],
        _ ones: [Int],
        _ others: [Int],
        on positions: [Int],
        into earliest: inout [Int: Int]
    ) {
        var buckets: [[RoutePattern.Segment]: Bucket] = [:]
        for index in ones {
            buckets[positions.map { routes[index].path.segments[$0] }, default: Bucket()].add(index, of: routes)
        }
        for index in others {
            guard let bucket = buckets[positions.map { routes[index].path.segments[$0] }] else { continue }
            for found in bucket.meeting(index, of: routes) {
                let pair = (earlier: min(found, index), later: max(found, index))
                earliest[pair.later] = min(earliest[pair.later] ?? .max, pair.earlier)
            }
        }
    }

    /// Routes with equal literals at the joined positions, by the methods they take.
    private struct Bucket {
        private var byMethods: [RouteMethodSet: [Int]] = [:]

        mutating func add(_ index: Int, of routes: [RouteConfiguration]) {
            byMethods[RouteMethodSet(routes[index]), default: []].append(index)
        }

        func meeting(_ index: Int, of routes: [RouteConfiguration]) -> [Int] {
            let methods = RouteMethodSet(routes[index])
            return byMethods.compactMap { set, indices in
                set.isDisjoint(with: methods)
                    ? nil : indices.first { $0 != index && routes[$0].path.overlaps(routes[index].path) }
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
