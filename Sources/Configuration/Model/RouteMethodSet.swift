/// The methods a route takes.
package struct RouteMethodSet: OptionSet, Sendable, Hashable {
    /// Bit n stands for case n of `RouteMethod`, bit 31 for every other method.
    package let rawValue: UInt32

    /// The set of those bits.
    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The set of one method.
    package init(_ method: RouteMethod) {
        self.init(rawValue: 1 << UInt32(RouteMethod.allCases.firstIndex(of: method) ?? 31))
    }

    /// The methods of a route: all if it lists none; `GET` includes `HEAD` (RFC 9110, section 9.3.2).
    package init(_ route: RouteConfiguration) {
        var set = RouteMethodSet(route.methods.map { RouteMethodSet($0) })
        if route.methods.isEmpty { set = .all }
        if set.contains(RouteMethodSet(.get)) { set.insert(RouteMethodSet(.head)) }
        self = set
    }

    /// Methods that have no name in `RouteMethod`.
    package static let others = RouteMethodSet(rawValue: 1 << 31)
    /// All methods.
    package static let all = RouteMethodSet(RouteMethod.allCases.map { RouteMethodSet($0) }).union(.others)

    /// The first of its named methods.
    package var first: RouteMethod? {
        RouteMethod.allCases.first { contains(RouteMethodSet($0)) }
    }
}
